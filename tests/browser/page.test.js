// What the page promises to every reader: any width, keyboard only, a screen reader, a long day.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./support/stage.js";

const here = stage();

const LONG_WORD = "w".repeat(300);

/** Where the tabulator stops, with a room beside the one that one is in. */
const STOPS = [
  ...["user_name", "connect_button", "reading_area", "input_message"],
  ...["#chat", "chat", "#stock", "room_name", "Go", "This room from a terminal", "Copy", "Copy", "Copy"],
];

test("the contract's ids are there, and everything has a name", async () => {
  const { page, name } = await here.open();
  assert.equal(await page.locator("input#user_name[type=text]").getAttribute("placeholder"), "User Name");
  assert.equal(await page.locator("textarea#input_message").count(), 1);
  assert.equal(await page.locator("#sample_message").getAttribute("role"), "status");
  assert.equal(await page.locator("[role=log][aria-live=polite] > ol#received_text_area").count(), 1);
  for (const button of ["Connect", "Send", "Close"]) {
    assert.equal(await page.getByRole("button", { name: button, exact: true }).count(), 1, button);
  }
  await page.getByRole("textbox", { name: "Your name" }).and(name).waitFor();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
});

test("the page lives under a policy that allows nothing but its own files", async () => {
  const { page } = await here.open();
  const response = await page.goto(page.url());
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
});

for (const [width, height] of [[320, 568], [375, 700], [640, 480], [1200, 800]]) {
  test(`nothing is cut off at ${width} by ${height}`, async () => {
    const chat = await here.join("W".repeat(64), { viewport: { width, height } });
    assert.deepEqual(await cutOff(chat.page), []);
    await chat.send(LONG_WORD);
    await here.server.say("ann", `${LONG_WORD}\n${LONG_WORD}`);
    await chat.items.nth(1).waitFor();
    await chat.box.fill(LONG_WORD);
    assert.deepEqual(await cutOff(chat.page), []);
  });
}

test("the keyboard is enough", async () => {
  const chat = await here.open();
  const { keyboard } = chat.page;
  await keyboard.type("ann");
  await keyboard.press("Enter");
  await chat.reaches("live");
  await keyboard.type("by Enter");
  await chat.answered(() => keyboard.press("Enter"));
  await chat.sees("by Enter");

  await keyboard.type("by the button");
  await keyboard.press("Tab");
  assert.equal(await focused(chat.page), "send_button");
  await chat.answered(() => keyboard.press("Space"));
  await chat.sees("by the button");

  assert.equal(await focused(chat.page), "input_message");
  await keyboard.press("Shift+Tab");
  assert.equal(await focused(chat.page), "reading_area");
  await keyboard.press("Shift+Tab");
  assert.equal(await focused(chat.page), "close_button");
  await keyboard.press("Enter");
  await chat.reaches("closed");
  assert.equal(await focused(chat.page), "connect_button");
  await keyboard.press("Enter");
  await chat.reaches("live");
});

test("what has the focus shows it", async () => {
  const chat = await here.open();
  await chat.name.fill("ann");
  await chat.page.goto(`${here.server.origin}/#stock`);
  await chat.name.focus();
  const found = [];
  for (let i = 0; i < STOPS.length; i += 1) {
    const [id, outline] = await chat.page.evaluate(() => {
      const { id, dataset, textContent, localName } = document.activeElement;
      const { outlineStyle } = getComputedStyle(document.activeElement);
      return [id || dataset.leave || (localName === "a" ? document.activeElement.hash : textContent), outlineStyle];
    });
    found.push(id);
    assert.equal(outline, "solid", id);
    await chat.page.keyboard.press("Tab");
  }
  assert.deepEqual(found, STOPS);
});

test("a reader of older messages is not taken away from them", async () => {
  const bob = await here.join("bob", { viewport: { width: 400, height: 600 } });
  for (let n = 1; n <= 20; n += 1) await here.server.say("ann", `message ${n}`);
  await bob.sees("message 20");
  assert.ok(await atEnd(bob.page), "does not follow");

  await bob.scrollUp();
  await here.server.say("ann", "message 21");
  await here.server.say("ann", "message 22");
  await bob.newer.filter({ hasText: "2 new messages" }).waitFor();
  assert.equal(await bob.page.locator("#reading_area").evaluate((area) => area.scrollTop), 0);

  await bob.newer.click();
  await bob.newer.waitFor({ state: "hidden" });
  assert.ok(await atEnd(bob.page), "does not go to the end");
});

test("the list is bounded: the oldest messages go", async () => {
  const bob = await here.join("bob");
  for (let n = 1; n <= 505; n += 1) await here.server.say("ann", `message ${n}`);
  await bob.sees("message 505");
  assert.equal(await bob.items.count(), 500);
  assert.equal((await bob.texts())[0], "message 6");
  assert.equal(await bob.items.first().getAttribute("data-continues"), null);
});

test("what has gone from the list does not come back when it is read again", async () => {
  const { page } = await here.open();
  const texts = await page.evaluate(async () => {
    const { KEPT_ENTRIES, Transcript } = await import("/js/transcript.js");
    const transcript = new Transcript();
    const message = (n) => ({ id: `#${n}-0`, data: `${n}`, time: n });
    for (let n = 1; n <= KEPT_ENTRIES + 1; n += 1) transcript.addMessage(message(n));
    for (const n of [1, 2, KEPT_ENTRIES + 1]) transcript.addMessage(message(n));
    return transcript.entries.map((entry) => entry.text);
  });
  assert.deepEqual([texts[0], texts.at(-1), texts.length], ["2", "501", 500]);
});

test("a screen reader is not made to read out the history", async () => {
  const bob = await here.open();
  for (let n = 1; n <= 10; n += 1) await here.server.say("ann", `message ${n}`);
  await bob.page.evaluate(() => {
    const area = document.querySelector("#reading_area");
    window.spoken = [];
    new MutationObserver((changes) => {
      for (const { type } of changes) window.spoken.push(type === "childList" ? "message" : area.ariaLive);
    }).observe(area, { attributeFilter: ["aria-live"], childList: true, subtree: true });
  });
  await bob.connect("bob");
  await bob.page.waitForFunction(() => window.spoken.at(-1) === "polite");
  const spoken = await bob.page.evaluate(() => window.spoken.filter((change, i, all) => change !== all[i - 1]));
  assert.deepEqual(spoken, ["off", "message", "polite"]);
});

test("light and dark follow the system, and both can be read", async () => {
  const chat = await here.join("ann");
  await chat.send("own");
  await here.server.say("bob", "other");
  await chat.sees("other");
  await chat.goTo("stock");
  await chat.goTo("chat");
  const backgrounds = new Set();
  for (const colorScheme of ["light", "dark"]) {
    await chat.page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // no half-way colours
    backgrounds.add(await chat.page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    for (const { what, ratio } of await contrasts(chat.page)) {
      assert.ok(ratio >= 4.5, `${what} in ${colorScheme}: ${ratio.toFixed(2)}`);
    }
  }
  assert.equal(backgrounds.size, 2);
});

test("nothing moves for readers who asked for less motion", async () => {
  const { page } = await here.open();
  const animation = () =>
    page.evaluate(() => {
      document.body.dataset.state = "reconnecting";
      return getComputedStyle(document.querySelector(".state-dot")).animationName;
    });
  assert.equal(await animation(), "breathe");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await animation(), "none");
});

function focused(page) {
  return page.evaluate(() => document.activeElement.id);
}

function atEnd(page) {
  return page.locator("#reading_area").evaluate((area) => area.scrollHeight - area.scrollTop - area.clientHeight < 2);
}

// The elements that reach beyond the sides of the window, or of the list.
function cutOff(page) {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    const area = document.querySelector("#reading_area");
    const outside = [...document.querySelectorAll("body *")].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (left < 0 || right > clientWidth + 0.5);
    });
    const found = outside.map((element) => element.id || element.className || element.localName);
    if (scrollWidth > clientWidth) found.push("the page scrolls sideways");
    if (area.scrollWidth > area.clientWidth) found.push("the list scrolls sideways");
    return found;
  });
}

// The contrast (WCAG 2.2, "contrast ratio") of the page's texts with what is behind them.
function contrasts(page) {
  return page.evaluate(() => {
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = (color) => {
      const [r, g, b] = channels(color).map(linear);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      const { backgroundColor } = getComputedStyle(element);
      return channels(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor;
    };
    const texts = ".brand, .quiet, .state, .name, time, .day, .text, .notice, .hint, summary, .terminal span, code, .terminal button, .room-title, h2, .rooms a, #people span";
    return [...document.querySelectorAll(texts)].map((element) => {
      const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance);
      return { what: element.className || element.id, ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
    });
  });
}
