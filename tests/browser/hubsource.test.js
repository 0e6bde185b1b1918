// The client library in a real browser, with the real server behind a proxy that misbehaves.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";

import { launch, person } from "./support/browser.js";
import { Proxy } from "./support/proxy.js";
import { Server } from "./support/server.js";

/** A server that beats often, and lets clients come back soon. */
const QUICK = ["--heartbeat", "300ms", "--retry", "100ms", "--presence-grace", "100ms"];
/** Times that make a fallback quick; those that must not pass by chance stay as they are. */
const HASTY = { share: false, patience: 500, retrial: 300, wait: 1 };
const ALONE = { share: false };
const TABS = 8;
const MOST_GZIPPED_BYTES = 4_096;

let browser, context, server, proxy, folder;
let published;

before(async () => (browser = await launch()));
after(() => browser.close());

beforeEach(async () => {
  published = [];
  folder = await mkdtemp(join(tmpdir(), "hubsource-"));
  await serve([...QUICK, "--data", join(folder, "log.redb")]);
  context = await person(browser);
});

afterEach(async () => {
  await context.close();
  await proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

async function serve(options) {
  server = await Server.start(undefined, options);
  proxy = await Proxy.start(server.origin);
}

/** Instead of the server that is there. */
async function serveOther(options) {
  await proxy.stop();
  await server.stop();
  await serve(options);
}

/** Opens a tab that listens, and resolves when it is open. */
async function tab(topics, options = {}) {
  const page = await listening(topics, options);
  await page.waitForFunction(() => source.readyState === 1);
  return page;
}

async function listening(topics, options = {}) {
  const page = await context.newPage();
  await page.goto(`${proxy.origin}/blank`);
  await page.evaluate(listen, { topics, ...options });
  return page;
}

// Runs in the page.
async function listen(options) {
  const { HubSource } = await import("/js/ssehub.js");
  Object.assign(globalThis, { told: [], transports: [], gaps: [], errors: [] });
  globalThis.source = new HubSource(options.url ?? "/events", options);
  source.onmessage = (event) => told.push(event.data);
  source.onerror = ({ status, errorMessage }) => errors.push([status, errorMessage, source.readyState]);
  globalThis.present = new Set();
  source.addEventListener("presence", ({ data }) => JSON.parse(data).users.forEach(({ user }) => present.add(user)));
  source.addEventListener("join", ({ data }) => present.add(JSON.parse(data).user));
  source.addEventListener("leave", ({ data }) => present.delete(JSON.parse(data).user));
  source.addEventListener("gap", (event) => gaps.push(JSON.parse(event.data)));
  source.addEventListener("transport", (event) =>
    transports.push([event.transport, event.reason].filter(Boolean).join(": ")),
  );
}

/** Publishes the next numbers. */
async function publish(count, topic = "chat") {
  for (let i = 0; i < count; i += 1) {
    const data = `${published.length + 1}`;
    published.push({ topic, data });
    await server.publish(topic, data);
  }
}

/** Publishes without a pause until `doing` is done, and then once more. */
async function publishWhile(doing) {
  let isOver = false;
  const done = doing.finally(() => (isOver = true));
  while (!isOver) await publish(1);
  await done;
  await publish(3);
}

/** Waits until the tab has all that was published on its topics, and checks that it has nothing else. */
async function hasAll(page, topics = ["chat"]) {
  const expected = published.filter(({ topic }) => topics.includes(topic)).map(({ data }) => data);
  await page.waitForFunction((last) => told.includes(last), expected.at(-1));
  assert.deepEqual(await page.evaluate(() => told), expected);
}

const transport = (page) => page.evaluate(() => source.transport);
const reaches = (page, wanted) => page.waitForFunction((wanted) => transports.includes(wanted), wanted);
const closed = (page) => page.waitForFunction(() => source.readyState === 2);

/** The tab that has the connection. */
async function leaderOf(pages) {
  const transports = await Promise.all(pages.map(transport));
  const leaders = pages.filter((_, i) => transports[i] !== "shared");
  assert.equal(leaders.length, 1, `${transports}`);
  return leaders[0];
}

test("with nothing in between, events arrive by a stream", async () => {
  const page = await tab(["chat"], ALONE);
  await publish(50);
  await hasAll(page);
  assert.deepEqual(await page.evaluate(() => [source.transport, transports, errors]), ["stream", [], []]);
});

test("a proxy that buffers answers makes it poll, until it does so no longer; nothing is lost", async () => {
  proxy.buffers = true;
  const page = await listening(["chat"], { ...HASTY, lastEventId: "earliest" });
  await publishWhile(reaches(page, "poll: buffered"));
  assert.deepEqual(await page.evaluate(() => [source.transport, source.reason]), ["poll", "buffered"]);
  await hasAll(page);

  proxy.buffers = false;
  await publishWhile(reaches(page, "stream"));
  await hasAll(page);
  proxy.buffers = true;
  proxy.cut();
  await publishWhile(page.waitForFunction(() => transports.length >= 3));
  await hasAll(page);
  assert.equal(await transport(page), "poll");
});

test("a proxy that cuts answers after five seconds is no reason to poll; nothing is lost", async () => {
  proxy.cutMs = 5_000;
  const page = await tab(["chat"], ALONE);
  const { asked } = proxy;
  const streams = () => asked.filter(({ accept }) => accept === "text/event-stream").length;
  const wanted = async () => {
    while (streams() < 2) await proxy.beats(1);
  };
  await publishWhile(wanted());
  await hasAll(page);
  assert.deepEqual(await page.evaluate(() => [source.transport, transports, errors]), ["stream", [], []]);
});

test("a proxy that cuts streams at once makes it poll; nothing is lost", async () => {
  proxy.cutMs = 50;
  const page = await listening(["chat"], { ...ALONE, lastEventId: "earliest", wait: 1 });
  await publishWhile(reaches(page, "poll: cut"));
  proxy.cutMs = 0;
  await hasAll(page);
});

test("a proxy that swallows heartbeats makes it poll when nothing happens, and all events arrive", async () => {
  proxy.swallows = true;
  const page = await tab(["chat"], { ...HASTY, heartbeat: 300, retrial: 60_000 });
  await publish(3);
  await reaches(page, "poll: silent");
  await publish(3);
  await hasAll(page);

  proxy.swallows = false;
  await publish(3);
  await hasAll(page);
});

test("one that swallows heartbeats, tried again and again, loses nothing", async () => {
  proxy.swallows = true;
  const page = await tab(["chat"], { ...HASTY, heartbeat: 100 });
  await publish(1);
  await page.waitForFunction(() => transports.length >= 3);
  await publish(2);
  await page.waitForFunction(() => transports.length >= 5);
  await publish(2);
  await hasAll(page);
});

test("heartbeats keep a stream, however little happens", async () => {
  const page = await tab(["chat"], { ...ALONE, heartbeat: 400 });
  await proxy.beats(8);
  await publish(1);
  await hasAll(page);
  assert.deepEqual(await page.evaluate(() => [source.transport, transports]), ["stream", []]);
});

test("eight tabs have one connection; when the leader is closed, another takes over without loss", async () => {
  const pages = [];
  for (let i = 0; i < TABS; i += 1) pages.push(await tab(["chat"]));
  await publish(20);
  for (const page of pages) await hasAll(page);
  assert.equal(proxy.open.size, 1);
  const others = pages.slice();
  for (let i = 0; i < 3; i += 1) {
    const leader = await leaderOf(others);
    others.splice(others.indexOf(leader), 1);
    await publish(2);
    await publishWhile(leader.close());
    for (const page of others) await hasAll(page);
  }
  assert.equal(proxy.open.size, 1);
  assert.deepEqual(await Promise.all(others.map((page) => page.evaluate(() => [source.readyState, errors]))), [
    ...others.map(() => [1, []]),
  ]);
});

test("eight tabs behind a proxy that buffers share the polls of one", async () => {
  proxy.buffers = true;
  const pages = [];
  for (let i = 0; i < TABS; i += 1) pages.push(await tab(["chat"], { patience: 500, wait: 5, retrial: 60_000 }));
  await publish(5);
  for (const page of pages) await hasAll(page);
  const leader = await leaderOf(pages);
  assert.equal(await transport(leader), "poll");
  await leader.close();
  await publish(5);
  for (const page of pages.filter((page) => page !== leader)) await hasAll(page);
});

test("each tab sees its own topics, and those that join later lose nothing", async () => {
  const ann = await tab(["a"]);
  await publish(2, "a");
  const bob = await tab(["b"]);
  await publish(2, "b");
  const both = await tab(["a", "b"], { lastEventId: "earliest" });
  await publish(2, "a");
  await publish(2, "b");
  await hasAll(ann, ["a"]);
  await hasAll(bob, ["b"]);
  await hasAll(both, ["a", "b"]);
  assert.equal(proxy.open.size, 1);
});

test("templates and all topics", async () => {
  const one = await tab(["orders/1"]);
  const some = await tab(["orders/{id}"]);
  const all = await tab(["*"]);
  await publish(2, "orders/1");
  await publish(2, "orders/2");
  await publish(2, "chat");
  await hasAll(one, ["orders/1"]);
  await hasAll(some, ["orders/1", "orders/2"]);
  await hasAll(all, ["orders/1", "orders/2", "chat"]);
  assert.deepEqual(await Promise.all([one, some, all].map(transport)), ["stream", "stream", "shared"]);
});

test("tabs of different users do not share", async () => {
  await tab(["chat"], { user: "ann" });
  const bob = await tab(["chat"], { user: "bob" });
  assert.equal(await transport(bob), "stream");
  assert.equal(proxy.open.size, 2);
});

test("on the chat's stream, who comes and goes is told, also to tabs that share it", async () => {
  const pages = [];
  for (let i = 0; i < 2; i += 1) {
    pages.push(await tab(["chat"], { url: "/sse?user=ann", presence: true }));
    await pages[i].waitForFunction(() => present.has("ann"));
  }
  await publish(2);
  for (const page of pages) await hasAll(page);
  const bob = await tab(["chat"], { url: "/sse?user=bob" });
  for (const page of pages) await page.waitForFunction(() => present.has("bob"));
  await bob.close();
  for (const page of pages) await page.waitForFunction(() => !present.has("bob"));
  assert.deepEqual(await Promise.all(pages.map(transport)), ["stream", "shared"]);
});

test("when the leader's process crashes, another takes over without loss", async () => {
  const pages = [await tab(["chat"]), await tab(["chat"]), await tab(["chat"])];
  await publish(5);
  for (const page of pages) await hasAll(page);
  const leader = await leaderOf(pages);
  const crashed = new Promise((resolve) => leader.on("crash", resolve));
  const session = await context.newCDPSession(leader);
  session.send("Page.crash").catch(() => {});
  await publishWhile(crashed);
  for (const page of pages.filter((page) => page !== leader)) await hasAll(page);
});

test("a leader that is stuck does not hold up the others; when it goes on, it has lost nothing", async () => {
  const pages = [await tab(["chat"], { ping: 200 }), await tab(["chat"], { ping: 200 })];
  const leader = await leaderOf(pages);
  const follower = pages.find((page) => page !== leader);
  const session = await context.newCDPSession(leader);
  const stuck = new Promise((resolve) => session.on("Debugger.paused", resolve));
  await session.send("Debugger.enable");
  await session.send("Debugger.pause");
  await stuck;
  await publish(5);
  await reaches(follower, "stream");
  await hasAll(follower);

  await session.send("Debugger.resume");
  await publish(5);
  await hasAll(follower);
  await hasAll(leader);
  await follower.waitForFunction(() => source.transport === "shared");
  await publish(5);
  await hasAll(follower);
});

test("a server that stops and starts again loses nothing, for one tab and for several", async () => {
  const pages = [await tab(["chat"], ALONE), await tab(["chat"]), await tab(["chat"])];
  await publish(5);
  await server.stop();
  for (const page of pages) await page.waitForFunction(() => source.readyState === 0);
  await server.start();
  await publish(5);
  for (const page of pages) await hasAll(page);
  assert.deepEqual(await pages[0].evaluate(() => gaps), []);
});

test("a server that has forgotten what follows says so", async () => {
  await serveOther(QUICK);
  const page = await tab(["chat"]);
  await publish(1);
  await hasAll(page);
  const { lastEventId } = await page.evaluate(() => ({ lastEventId: source.lastEventId }));
  await server.stop();
  await server.start();
  await publish(2);
  await hasAll(page);
  const gaps = await page.evaluate(() => gaps);
  assert.equal(gaps.length, 1);
  assert.equal(gaps[0].after, lastEventId);
});

for (const options of [ALONE, {}, { ...HASTY, patience: 300, behind: "buffers" }]) {
  test(`a topic that ends closes for good: ${JSON.stringify(options)}`, async () => {
    if (options.behind) proxy[options.behind] = true;
    const pages = [await tab(["chat"], options), await tab(["chat"], options)];
    await publish(2);
    for (const page of pages) await hasAll(page);
    await server.end("chat");
    for (const page of pages) {
      await closed(page);
      assert.deepEqual((await page.evaluate(() => errors)).at(-1), [204, undefined, 2]);
    }
    assert.equal(proxy.open.size, 0);
  });
}

test("a refusal closes for good, and says why", async () => {
  const page = await listening(["{"]);
  await closed(page);
  assert.deepEqual(await page.evaluate(() => errors), [
    [400, "this is no URI template (RFC 6570): see its byte 1", 2],
  ]);
});

test("latest begins with the newest event of each topic", async () => {
  await publish(5, "a");
  await publish(5, "b");
  published = published.filter((_, i) => i % 5 === 4);
  const page = await tab(["a", "b"], { latest: true, lastEventId: "earliest" });
  await hasAll(page, ["a", "b"]);
});

test("a past of many pages arrives before it opens, in order", async () => {
  const lines = Array.from({ length: 700 }, (_, i) => JSON.stringify({ topic: "chat", data: `${i + 1}` }));
  published = lines.map((line) => JSON.parse(line));
  await fetch(`${server.origin}/events`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  const pages = [];
  for (const options of [ALONE, {}, {}]) pages.push(await tab(["chat"], { lastEventId: "earliest", ...options }));
  for (const page of pages) assert.equal(await page.evaluate(() => told.length), 700);
  await publish(2);
  for (const page of pages) await hasAll(page);
});

test("the library is small", async () => {
  const script = await fetch(`${server.origin}/js/ssehub.js`);
  assert.equal(script.status, 200);
  const bytes = gzipSync(Buffer.from(await script.arrayBuffer()), { level: 9 });
  assert.ok(bytes.length < MOST_GZIPPED_BYTES, `${bytes.length} bytes`);
});
