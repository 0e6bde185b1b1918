// The dashboard: figures and plots that move with what the server does.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { Board } from "./support/board.js";
import { BINARY, Server } from "./support/server.js";
import { stage } from "./support/stage.js";
import { listen, publishing } from "./support/traffic.js";

const here = stage(["--metrics", "open"]);
const open = async (options) => new Board((await here.open({ path: "/dashboard", ...options })).page);

test("figures and plots move with the traffic", async () => {
  const board = await open();
  await board.reaches("live");
  await board.shows("Subscribers", /^0$/);
  await board.shows("Events", /^0\/s$/);
  const leave = await Promise.all(["/events/orders", "/events/orders", "/events/stock?format=json"].map((path) => listen(here.server.origin, path)));
  const stop = publishing(here.server, ["orders"]);
  await board.shows("Subscribers", /^3$/);
  await board.shows("Events", /^[1-9][\d.]*\/s$/);
  await board.shows("Deliveries", /^[1-9][\d.]*\/s$/);
  await board.shows("Delivery lag", /^≤ \d+(\.\d+)? ms$/);
  await board.shows("Sent", /^\d[\d.]* k?B\/s$/);
  await board.shows("Memory", /^\d[\d.]* MB$/);
  const events = await board.line("Events");
  assert.ok(Math.min(...events.map(([, y]) => y)) < 60, String(events));
  await board.draws("Events", events.length + 2);
  assert.deepEqual(await board.rows("topics"), [["orders", "2"], ["stock", "1"]]);
  assert.equal(await board.page.locator("#topics_note").textContent(), "All, most subscribers first.");
  const [[topic, rate]] = await board.rows("liveliest");
  assert.equal(topic, "orders");
  assert.match(rate, /^\d[\d.]*\/s$/);
  const figures = new Map((await board.rows("figures")).map(([name, ...numbers]) => [name, numbers]));
  assert.equal(figures.get("Subscribers: JSON")[0], "1");
  assert.match(figures.get("Events")[2], /^[1-9][\d.]*\/s$/);

  await stop();
  leave.forEach((end) => end());
  await board.shows("Events", /^0\/s$/);
  await board.shows("Subscribers", /^0$/);
  assert.deepEqual(await board.rows("topics"), []);
});

test("a pointer shows what was", async () => {
  const board = await open();
  const end = await listen(here.server.origin, "/events/a");
  await board.shows("Subscribers", /^1$/);
  await board.draws("Subscribers", (await board.line("Subscribers")).length + 2);
  end();
  await board.shows("Subscribers", /^0$/);
  const box = await board.card("Subscribers").locator("svg").boundingBox();
  await board.page.mouse.move(box.x + box.width * (1 - 1.5 / 120), box.y + 10);
  await board.shows("Subscribers", /^1$/);
  await board.page.mouse.move(0, 0);
  await board.shows("Subscribers", /^0$/);
});

test("it says that the server is gone, and goes on when it is back", async () => {
  here.tolerate(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/);
  const board = await open();
  await board.reaches("live");
  await here.server.stop();
  await board.reaches("reconnecting");
  assert.match(await board.page.locator("#state").textContent(), /^Reconnecting: /);
  await here.server.start();
  await board.reaches("live");
  await board.shows("Events", /^0\/s$/);
});

test("by a credential, which the page keeps only if it is asked to", async () => {
  here.tolerate(/401|403/);
  const folder = await mkdtemp(join(tmpdir(), "ssehub-"));
  const key = async (topic) => {
    const { stdout } = await promisify(execFile)(BINARY, ["key", "watch", "--subscribe", topic]);
    return stdout.trim().split("\n");
  };
  const [[all, first], [some, second]] = await Promise.all([key("*"), key("a")]);
  await writeFile(join(folder, "keys"), `${first}\n${second}\n`);
  const server = await Server.start(null, ["--metrics", "granted", "--api-keys", join(folder, "keys")]);
  try {
    const board = await open();
    await board.page.goto(`${server.origin}/dashboard`);
    await board.reaches("closed");
    const give = async (text) => {
      await board.page.locator("#credential").fill(text);
      await board.page.getByRole("button", { name: "Look" }).click();
    };
    await give(some);
    await board.page.locator("#state", { hasText: /^Refused: .*grant/ }).waitFor();
    await give(all);
    await board.reaches("live");
    assert.equal(await board.credential.isVisible(), false);
    assert.equal(await board.page.evaluate(() => sessionStorage.length), 0);
    await board.page.reload();
    await board.reaches("closed");
    await board.page.locator("#credential_keep").check();
    await give(all);
    await board.reaches("live");
    await board.page.reload();
    await board.reaches("live");
    assert.ok(!board.page.url().includes(all));
    assert.equal(await board.page.evaluate(() => localStorage.length), 0);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
});

test("the page lives under the same policy as the chat, and says nothing by itself", async () => {
  const [board, chat] = await Promise.all(["/dashboard", "/"].map((path) => fetch(here.server.origin + path)));
  assert.equal(board.headers.get("content-security-policy"), chat.headers.get("content-security-policy"));
  const html = await board.text();
  assert.doesNotMatch(html, /<script>|<style|style=|\son\w+=|https?:|aria-live/);
});

test("on the smallest screen nothing hangs over its edge", async () => {
  const board = await open({ context: await here.person({ viewport: { width: 320, height: 568 } }) });
  const end = await listen(here.server.origin, `/events/${"long-name".repeat(20)}`);
  await board.shows("Subscribers", /^1$/);
  await board.page.locator("#topics tbody tr").waitFor();
  const width = await board.page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(width, 320);
  end();
});
