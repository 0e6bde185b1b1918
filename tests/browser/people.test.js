// Who is here, and how the events come.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Chat } from "./support/chat.js";
import { Proxy } from "./support/proxy.js";
import { stage } from "./support/stage.js";

const here = stage();

const names = (chat) => chat.page.locator("#people bdi").allTextContents();
const lists = (chat, wanted) =>
  chat.page.waitForFunction(
    (wanted) => `${[...document.querySelectorAll("#people bdi")].map((name) => name.textContent)}` === `${wanted}`,
    wanted,
  );

test("the page lists who is in the room, as they come and go", async () => {
  const bob = await here.join("bob");
  await lists(bob, ["bob"]);
  const leave = await here.server.attend("ann");
  await lists(bob, ["bob", "ann"]);
  await here.server.attend("eve", "stock");
  leave();
  await lists(bob, ["bob"]);
  await bob.goTo("stock");
  await lists(bob, ["bob", "eve"]);
  await bob.close();
  assert.equal(await bob.page.locator("#people").isVisible(), false);
});

test("who leaves a room is no longer there", async () => {
  const ann = await here.join("ann", { path: "/#stock" });
  const bob = await here.join("bob", { path: "/#stock" });
  await lists(ann, ["ann", "bob"]);
  await bob.goTo("chat");
  await lists(bob, ["bob"]);
  await lists(ann, ["ann", "bob"]);
  await bob.page.getByRole("button", { name: "Leave stock" }).click();
  await lists(ann, ["ann"]);
});

test("who is here several times is counted, and names are text", async () => {
  const markup = "<img src=x onerror=alert(1)>";
  for (let i = 0; i < 3; i += 1) await here.server.attend(markup);
  const bob = await here.join("bob");
  await lists(bob, ["bob", markup]);
  await bob.page.locator("#people li", { hasText: markup }).getByText("×3").waitFor();
  assert.equal(await bob.page.locator("#people img").count(), 0);
});

test("the list of people is bounded", async () => {
  for (let n = 1; n <= 56; n += 1) await here.server.attend(`visitor ${n}`);
  const bob = await here.join("bob");
  await bob.page.locator("#people p", { hasText: /^and 37 more$/ }).waitFor();
  assert.equal((await names(bob)).length, 20);
  assert.equal((await names(bob))[0], "bob");
  assert.equal(await bob.page.locator("#people h2").textContent(), "Here now 57");
});

test("the page says that it streams, or shares the stream of another tab", async () => {
  const first = await here.join("ann");
  await first.showsNotice(/^Connected as ann · streaming$/);
  const second = await here.join("ann", { context: first.page.context() });
  await second.showsNotice(/^Connected as ann · shared with another tab$/);
  await lists(second, ["ann"]);
  await here.server.attend("bob");
  await lists(second, ["ann", "bob"]);
});

test("behind a proxy that buffers everything, messages come by long polling, and the page says so", async () => {
  const proxy = await Proxy.start(here.server.origin);
  proxy.buffers = true;
  try {
    const bob = await Chat.open(await here.person(), proxy.origin);
    await here.server.say("ann", "before");
    await bob.connect("bob");
    await bob.sees("before");
    await bob.showsNotice("Connected as bob · long polling: the network holds streams back");
    await here.server.say("ann", "after");
    await bob.sees("after");
    await lists(bob, ["bob"]);
    await bob.goTo("stock");
    await bob.send("from bob");
    await bob.sees("from bob");
    await bob.page.context().close();
    assert.deepEqual(bob.complaints, []);
  } finally {
    await proxy.stop();
  }
});
