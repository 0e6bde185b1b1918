// What the chat promises to people who use it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./support/stage.js";

const here = stage();

test("two people see each other's messages, once and in order", async () => {
  const [ann, bob] = [await here.join("ann"), await here.join("bob")];
  await ann.send("hello");
  await bob.send("hi ann");
  for (const chat of [ann, bob]) {
    await chat.sees("hi ann");
    assert.deepEqual(await chat.texts(), ["hello", "hi ann"]);
  }
});

test("a message says who said it and when", async () => {
  const bob = await here.join("bob");
  const before = Date.now();
  await here.server.say("ann", "hello");
  await bob.sees("hello");
  assert.equal(await bob.item("hello").locator(".name").textContent(), "ann");

  const time = bob.item("hello").locator("time");
  const said = Date.parse(await time.getAttribute("datetime"));
  assert.ok(said >= before - 1000 && said <= Date.now() + 1000, `said at ${said}`);
  assert.match(await time.textContent(), /^\d\d:\d\d$/);
});

test("one's own messages are told apart", async () => {
  const [ann, bob] = [await here.join("ann"), await here.join("bob")];
  await ann.send("from ann");
  await ann.sees("from ann");
  await bob.sees("from ann");
  assert.equal(await ann.item("from ann").getAttribute("data-own"), "");
  assert.equal(await bob.item("from ann").getAttribute("data-own"), null);
});

test("consecutive messages of one person read as one turn", async () => {
  const bob = await here.join("bob");
  for (const [user, text] of [["ann", "one"], ["ann", "two"], ["bob", "three"]]) await here.server.say(user, text);
  await bob.sees("three");
  const continues = await bob.items.evaluateAll((items) => items.map((item) => item.hasAttribute("data-continues")));
  assert.deepEqual(continues, [false, true, false]);
});

test("Enter sends, Shift+Enter breaks the line, and the lines arrive as one message", async () => {
  const [ann, bob] = [await here.join("ann"), await here.join("bob")];
  await ann.box.pressSequentially("first");
  await ann.box.press("Shift+Enter");
  await ann.box.pressSequentially("second");
  assert.equal(await ann.box.inputValue(), "first\nsecond");

  await ann.answered(() => ann.box.press("Enter"));
  await bob.sees("first\nsecond");
  assert.equal(await bob.items.count(), 1);
  assert.equal(await ann.box.inputValue(), "");
});

test("Enter that ends a composition sends nothing", async () => {
  const ann = await here.join("ann");
  await ann.box.fill("かな");
  const left = await ann.box.evaluate((box) => {
    const enter = { key: "Enter", bubbles: true, cancelable: true };
    const composing = new KeyboardEvent("keydown", { ...enter, isComposing: true });
    const inSafari = new KeyboardEvent("keydown", { ...enter, keyCode: 229 });
    return box.dispatchEvent(composing) && box.dispatchEvent(inSafari);
  });
  assert.ok(left, "the page took an Enter that belongs to the composition");
  assert.equal(await ann.box.inputValue(), "かな");
});

test("markup stays text", async () => {
  const markup = '<img src=x onerror=alert(1)><b>bold</b>&amp;';
  const [ann, bob] = [await here.join("<i>ann</i>"), await here.join("bob")];
  await ann.send(markup);
  await bob.sees(markup);
  assert.equal(await bob.item(markup).locator(".name").textContent(), "<i>ann</i>");
  assert.equal(await bob.page.locator("#received_text_area :is(img, b, i)").count(), 0);
});

test("lines that look like the event stream's own stay text", async () => {
  const forged = "hello\n\nevent: gap\ndata: {}\r\n\nid: 7\rretry: 1";
  const bob = await here.join("bob");
  await here.server.say("ann", forged);
  await here.server.say("ann", "end");
  await bob.sees("end");
  // The event stream has one kind of line end, but JSON keeps each as it was.
  assert.deepEqual(await bob.texts(), [forged, "end"]);
  assert.equal(await bob.page.locator(".gap").count(), 0);
});

test("a page opened later has the history", async () => {
  const ann = await here.join("ann");
  await ann.send("one");
  await ann.send("two");
  await ann.page.close();

  const again = await here.join("ann");
  await again.sees("two");
  assert.deepEqual(await again.texts(), ["one", "two"]);
});

test("the page works opened twice in one browser", async () => {
  const first = await here.join("ann");
  const second = await here.join("ann", { context: first.page.context(), path: "/pages/sse" });
  await second.send("to myself");
  for (const chat of [first, second]) {
    await chat.sees("to myself");
    assert.equal(await chat.items.count(), 1);
  }
});

test("the name is remembered", async () => {
  const ann = await here.join("  ann  ");
  const again = await here.open({ context: ann.page.context() });
  assert.equal(await again.name.inputValue(), "ann");
  await again.connect();
});

test("nothing is sent or connected without a name, and no empty message is sent", async () => {
  const chat = await here.open();
  await chat.box.fill("hello");
  for (const bad of ["", "   ", "tab\there"]) {
    await chat.name.fill(bad);
    assert.ok(await chat.button("Connect").isDisabled(), `connects as ${JSON.stringify(bad)}`);
    assert.ok(await chat.button("Send").isDisabled(), `sends as ${JSON.stringify(bad)}`);
  }
  await chat.showsNotice(/cannot be used/);

  await chat.connect("ann");
  await chat.box.fill(" \n ");
  assert.ok(await chat.button("Send").isDisabled());
});

test("the buttons offer what makes sense", async () => {
  const enabled = async (chat) => [await chat.button("Connect").isEnabled(), await chat.button("Close").isEnabled()];
  const chat = await here.open();
  await chat.name.fill("ann");
  assert.deepEqual(await enabled(chat), [true, false]);
  await chat.connect();
  assert.deepEqual(await enabled(chat), [false, true]);
  await chat.close();
  assert.deepEqual(await enabled(chat), [true, false]);
});

test("sending works without a connection, and the writer is told", async () => {
  const [ann, bob] = [await here.open(), await here.join("bob")];
  await ann.name.fill("ann");
  await ann.send("just passing by");
  await bob.sees("just passing by");
  await ann.showsNotice("Sent. Connect to see the chat.");
});
