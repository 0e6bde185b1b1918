// What the page promises about rooms, those that one is in and those that one comes back to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./support/stage.js";

const here = stage();

test("going to another room shows its past, and its messages as they come", async () => {
  await here.server.say("ann", "one", "stock");
  const bob = await here.join("bob");
  await here.server.say("ann", "hello");
  await bob.sees("hello");
  await bob.goTo("stock");
  await bob.sees("one");
  await here.server.say("ann", "two", "stock");
  await bob.sees("two");
  assert.deepEqual(await bob.texts(), ["one", "two"]);
  assert.equal(new URL(bob.page.url()).hash, "#stock");
});

test("messages to a room that was joined are counted, until one goes there", async () => {
  const bob = await here.join("bob", { path: "/#stock" });
  await bob.goTo("chat");
  const count = bob.page.locator("#rooms li", { hasText: "stock" }).locator(".count");
  await here.server.say("ann", "one", "stock");
  await here.server.say("ann", "two", "stock");
  await count.filter({ hasText: /^2 unread$/ }).waitFor();
  await bob.page.getByRole("link", { name: "stock" }).click();
  await bob.sees("two");
  await count.waitFor({ state: "hidden" });
  assert.deepEqual(await bob.texts(), ["one", "two"]);
});

test("what was said while the page was closed is not lost in any room, nor shown twice", async () => {
  const bob = await here.join("bob");
  await bob.goTo("stock");
  await bob.reaches("live");
  await here.server.say("ann", "one", "stock");
  await bob.sees("one");
  await bob.close();
  await here.server.say("ann", "two", "stock");
  await here.server.say("ann", "hello");
  await here.server.say("ann", "past", "orders/42");
  await bob.goTo("orders/42");
  await bob.connect();
  await bob.sees("past");
  await bob.goTo("stock");
  await bob.sees("two");
  assert.deepEqual(await bob.texts(), ["one", "two"]);
  await bob.goTo("chat");
  await bob.sees("hello");
  assert.deepEqual(await bob.texts(), ["hello"]);
});

test("on a narrow screen, keys reach the rooms that cover the messages, and not what is covered", async () => {
  const { page } = await here.join("bob");
  await page.setViewportSize({ width: 390, height: 700 });
  const button = page.locator("#aside_button");
  await button.click();
  const reached = new Set();
  for (let presses = 0; presses < 20; presses++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.localName));
  }
  assert.ok(reached.has("room_name"), [...reached].join());
  for (const covered of ["reading_area", "input_message", "send_button"]) assert.ok(!reached.has(covered), covered);
  await page.keyboard.press("Escape");
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  assert.equal(await page.evaluate(() => document.activeElement.id), "aside_button");
  await page.locator("#input_message").fill("hello");
  // In a wide window nothing is covered.
  await button.click();
  await page.setViewportSize({ width: 1200, height: 700 });
  await page.locator("#input_message").fill("hello again");
});

test("rooms are remembered, and can be left", async () => {
  const bob = await here.open({ path: "/#stock" });
  await bob.goTo("orders/42");
  await bob.page.reload();
  const rooms = bob.page.locator("#rooms bdi");
  assert.deepEqual(await rooms.allTextContents(), ["orders/42", "stock"]);
  await bob.page.getByRole("button", { name: "Leave stock" }).click();
  await bob.page.reload();
  assert.deepEqual(await rooms.allTextContents(), ["orders/42"]);
  for (let n = 1; n <= 13; n += 1) await bob.goTo(`room ${n}`);
  assert.equal(await rooms.count(), 12);
});

test("each room keeps its draft", async () => {
  const bob = await here.open();
  await bob.box.fill("to chat");
  await bob.goTo("stock");
  assert.equal(await bob.box.inputValue(), "");
  await bob.page.goBack();
  await bob.isIn("chat");
  assert.equal(await bob.box.inputValue(), "to chat");
});

test("the title counts what came while the reader was elsewhere, or not at the end", async () => {
  for (let n = 1; n <= 20; n += 1) await here.server.say("ann", `message ${n}`, "orders/42");
  const bob = await here.open({ path: "/#orders/42", viewport: { width: 500, height: 600 } });
  const says = (n) => bob.page.waitForFunction((title) => document.title === title, `${n}orders/42 · ssehub`);
  await setHidden(bob.page, true);
  await bob.connect("bob");
  await bob.sees("message 20");
  assert.equal(await bob.page.title(), "orders/42 · ssehub", "the past counts as news");
  await setHidden(bob.page, false);
  await bob.scrollUp();
  await here.server.say("ann", "one more", "orders/42");
  await says("(1) ");
  await bob.newer.click();
  await says("");

  await setHidden(bob.page, true);
  for (const text of ["and", "two", "more"]) await here.server.say("ann", text, "orders/42");
  await says("(3) ");
  await setHidden(bob.page, false);
  await says("");
});

test("two tabs in different rooms share a connection, and each has its messages", async () => {
  const first = await here.join("ann");
  const second = await here.join("ann", { context: first.page.context(), path: "/#stock" });
  await here.server.say("bob", "twelve lamps", "stock");
  await here.server.say("bob", "hello");
  await second.sees("twelve lamps");
  await first.sees("hello");
  assert.deepEqual([await first.texts(), await second.texts()], [["hello"], ["twelve lamps"]]);
  await second.showsNotice(/shared/);
  await first.page.close();
  await here.server.say("bob", "eleven lamps", "stock");
  await second.sees("eleven lamps");
  await second.showsNotice(/streaming/);
});

// What a browser does when the reader turns to another tab, as far as the page can see.
function setHidden(page, hidden) {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
