// A room is a topic and an address: what the page makes of addresses, its own and others'.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { stage } from "./support/stage.js";

const here = stage();
const run = promisify(execFile);

/** A room whose name means something to a shell, to a URL, to HTML and to curl. */
const HOSTILE = `it's/../a?b#c&d=e [0-9] $(touch x) "<img src=x onerror=alert(1)>" %41 !~ ü`;

test("a link leads into its room", async () => {
  const bob = await here.join("bob", { path: "/#orders/42" });
  await bob.isIn("orders/42");
  assert.equal(await bob.page.title(), "orders/42 · ssehub");
  await here.server.say("ann", "elsewhere");
  await here.server.say("ann", "paid", "orders/42");
  await bob.sees("paid");
  assert.deepEqual(await bob.texts(), ["paid"]);

  const ann = await here.join("ann", { path: "/#orders%2F42" });
  await ann.send("thanks");
  await bob.sees("thanks");
});

test("back and forward walk through the rooms, and what was read is still there", async () => {
  const bob = await here.join("bob");
  await here.server.say("ann", "hello");
  await bob.sees("hello");
  await bob.goTo("stock");
  await bob.goTo("orders/42");
  await bob.page.goBack();
  await bob.isIn("stock");
  await bob.page.goBack();
  await bob.isIn("chat");
  await bob.sees("hello");
  await bob.page.goForward();
  await bob.isIn("stock");
  assert.deepEqual(await bob.texts(), []);
});

for (const [what, hash, complaint] of [
  ["too long", "x".repeat(256), /too long/],
  ["a control character", "a%07b", /cannot be used/],
  ["every topic", "*", /no single room/],
  ["a pattern", "orders/{id}", /no single room/],
  ["no escape", "100%", /cannot be read/],
  ["no UTF-8", "%ff", /cannot be read/],
]) {
  test(`an address that is ${what} gets a notice`, async () => {
    const bob = await here.open({ path: `/#${hash}` });
    await bob.showsNotice(complaint);
    await bob.isIn("chat");
    await bob.goTo("stock");
    await bob.page.evaluate((hash) => (location.hash = hash), hash);
    await bob.showsNotice(/You are still in stock\./);
  });
}

test("a hostile room name is text, and its curl lines work in a shell", async () => {
  const bob = await here.join("it's <i>bob</i>");
  await bob.goTo(HOSTILE);
  await bob.reaches("live");
  assert.equal(await bob.page.locator("#rooms a[aria-current] bdi").textContent(), HOSTILE);
  assert.equal(await bob.page.locator("body :is(i, img:not(.brand img))").count(), 0);
  const commands = await bob.page.locator("#curl_commands code").allTextContents();
  await run("sh", ["-c", commands[0].replace("hello", "as anybody")]);
  await run("sh", ["-c", commands[1].replace("hello", "by name")]);
  await bob.sees("by name");
  assert.deepEqual(await bob.texts(), ["as anybody", "by name"]);
  assert.equal(await bob.item("by name").locator(".name").textContent(), "it's <i>bob</i>");
  await bob.page.reload();
  await bob.isIn(HOSTILE);
});

test("the terminal lines are this room's, and can be copied", async () => {
  const context = await here.person({ permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = await here.open({ context, path: "/#orders/42" });
  const { origin } = here.server;
  const lines = [
    `curl ${origin}/events/orders/42 -d 'hello'`,
    `curl '${origin}/sse/message?topic=orders/42' -d '{"user":"bob","message":"hello"}'`,
    `curl -N ${origin}/events/orders/42`,
  ];
  assert.deepEqual(await page.locator("#curl_commands code").allTextContents(), lines);
  await page.getByRole("button", { name: "Copy the command" }).first().click();
  await page.locator("#curl_commands button", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), lines[0]);
});
