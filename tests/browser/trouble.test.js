// What the chat promises when connections break, servers restart, and messages are missed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./support/stage.js";

const here = stage();

/** What Chromium logs for a connection that is cut or refused. */
const CONNECTION_LOST = /net::ERR_/;
/** What Chromium logs for an answer that is not 200. */
const REFUSED = /status of 503/;

/** How far the page's clock is put forward at a time: the shortest pause it may make. */
const PAUSE_MS = 1_000;

const isStream = (url) => url.pathname === "/sse";

test("who closes and connects again has missed nothing and sees nothing twice", async () => {
  const [ann, bob] = [await here.join("ann"), await here.join("bob")];
  await ann.send("one");
  await bob.sees("one");
  await bob.close();
  await ann.send("two");
  await ann.send("three");
  assert.deepEqual(await bob.texts(), ["one"]);

  await bob.connect();
  await ann.send("four");
  await bob.sees("four");
  assert.deepEqual(await bob.texts(), ["one", "two", "three", "four"]);
});

test("after a restart of the server every page goes live again by itself", async () => {
  here.tolerate(CONNECTION_LOST);
  const [ann, bob] = [await here.join("ann"), await here.join("bob")];
  await ann.send("before");
  await bob.sees("before");

  await here.server.stop();
  await Promise.all([ann.reaches("reconnecting"), bob.reaches("reconnecting")]);
  await here.server.start();
  await Promise.all([ann.reaches("live"), bob.reaches("live")]);

  await ann.send("after");
  await bob.sees("after");
  assert.deepEqual(await bob.texts(), ["before", "after"]);
});

test("messages lost with a memory-only server leave a notice in their place", async () => {
  here.tolerate(CONNECTION_LOST);
  const bob = await here.join("bob");
  await here.server.say("ann", "before");
  await bob.sees("before");
  await here.server.stop();
  await here.server.start();
  await here.server.say("ann", "after");
  await bob.sees("after");
  const kinds = await bob.items.evaluateAll((items) => items.map((item) => item.className));
  assert.deepEqual(kinds, ["message", "gap", "message"]);
});

test("a message that cannot be sent stays in the box, with a notice, and can be sent later", async () => {
  here.tolerate(CONNECTION_LOST);
  const ann = await here.join("ann");
  await here.server.stop();
  await ann.reaches("reconnecting");
  await ann.box.fill("are you there?");
  await ann.button("Send").click();
  await ann.showsNotice(/^Not sent: /);
  assert.equal(await ann.box.inputValue(), "are you there?");

  await here.server.start();
  await ann.reaches("live");
  await ann.answered(() => ann.button("Send").click());
  await ann.sees("are you there?");
  await ann.showsNotice(/^Connected as ann/);
});

test("what was typed while a message failed is kept after it", async () => {
  here.tolerate(REFUSED);
  const ann = await here.join("ann");
  let fail;
  await ann.page.route("**/sse/message?*", (route) => {
    fail = () => route.fulfill({ status: 503, json: { succeeded: false, errorMessage: "The hub is busy." } });
  });
  const asked = ann.page.waitForRequest("**/sse/message?*");
  await ann.box.fill("first");
  await ann.box.press("Enter");
  await asked;
  await ann.box.pressSequentially("second");
  await ann.answered(() => fail());
  await ann.showsNotice("Not sent: The hub is busy.");
  assert.equal(await ann.box.inputValue(), "first\nsecond");
});

test("a message that failed goes back to the room that it was for", async () => {
  here.tolerate(REFUSED);
  const ann = await here.join("ann");
  let fail;
  await ann.page.route("**/sse/message?*", (route) => (fail = () => route.fulfill({ status: 503 })));
  const asked = ann.page.waitForRequest("**/sse/message?*");
  await ann.box.fill("for chat alone");
  await ann.box.press("Enter");
  await asked;
  await ann.goTo("stock");
  await ann.answered(() => fail());
  await ann.showsNotice(/^Not sent/);
  assert.equal(await ann.box.inputValue(), "");
  await ann.page.goBack();
  await ann.isIn("chat");
  assert.equal(await ann.box.inputValue(), "for chat alone");
});

test("a message too long for the server is refused on the page, and kept", async () => {
  const ann = await here.join("ann");
  const long = "ä".repeat(32 * 1024 + 1);
  await ann.box.fill(long);
  await ann.button("Send").click();
  await ann.showsNotice("Not sent: it is 2 bytes too long.");
  assert.equal(await ann.box.inputValue(), long);
});

test("a page that was refused tries again by itself, from the last message it has seen", async () => {
  here.tolerate(REFUSED);
  const bob = await here.open();
  await bob.page.clock.install();
  await bob.connect("bob");
  await here.server.say("ann", "one");
  await bob.sees("one");
  await bob.close();

  const asked = [];
  await bob.page.route(isStream, (route) => {
    asked.push(new URL(route.request().url()).searchParams.get("last_event_id"));
    return asked.length < 3 ? route.fulfill({ status: 503 }) : route.continue();
  });
  await bob.button("Connect").click();
  await bob.reaches("reconnecting");
  await here.server.say("ann", "two");
  while (asked.length < 3) await bob.page.clock.fastForward(PAUSE_MS);

  await bob.sees("two");
  await bob.reaches("live");
  assert.deepEqual(await bob.texts(), ["one", "two"]);
  assert.match(asked[0], /^#\d+-\d+$/);
  assert.deepEqual(asked.slice(0, 3), [asked[0], asked[0], asked[0]]);
});

test("Connect cuts a pause short", async () => {
  here.tolerate(REFUSED);
  const ann = await here.open();
  await ann.page.clock.install();
  await ann.page.clock.pauseAt(Date.now() + 60_000);
  await ann.page.route(isStream, (route) => route.fulfill({ status: 503 }), { times: 1 });
  await ann.name.fill("ann");
  await ann.button("Connect").click();
  await ann.reaches("reconnecting");
  await ann.connect();
});

test("a repeated id is shown once, and gaps in a row are one notice", async () => {
  const message = (n) => `id: #${n}-0\ndata: ${JSON.stringify({ id: `#${n}-0`, topic: "chat", user: "ann", data: `message ${n}` })}\n\n`;
  const gap = (n) => `event: gap\ndata: {"after":"#0-0","resumed":"#0-${n}"}\n\n`;
  const body = [":\n", gap(1), gap(2), message(1), message(1), message(2), message(1), message(3)].join("");
  const bob = await here.open();
  await bob.page.route(isStream, (route) =>
    route.request().headers().accept === "application/json"
      ? route.fulfill({ json: { events: [], last_event_id: "#0-0" } })
      : route.fulfill({ contentType: "text/event-stream", body }),
  );
  await bob.name.fill("bob");
  await bob.button("Connect").click();
  await bob.sees("message 3");
  assert.deepEqual(await bob.texts(), ["message 1", "message 2", "message 3"]);
  assert.equal(await bob.page.locator(".gap").count(), 1);
});

test("a page that is refused for good says why, and stays closed", async () => {
  here.tolerate(/status of 400/);
  const ann = await here.open();
  const json = { succeeded: false, errorMessage: "your name is taken" };
  await ann.page.route(isStream, (route) => route.fulfill({ status: 400, json }));
  await ann.name.fill("ann");
  await ann.button("Connect").click();
  await ann.showsNotice("Not connected: your name is taken");
  await ann.reaches("closed");
});
