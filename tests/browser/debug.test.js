// The debug page: subscribing and publishing by hand, off unless it is asked for. Its tokens: debug.token.test.js.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";

import { Debug } from "./support/debug.js";
import { MercureMock } from "./support/mercure.js";
import { Server } from "./support/server.js";
import { stage } from "./support/stage.js";

const here = stage(["--debug-page", "yes", "--heartbeat", "1s"]);
const open = async (options) => new Debug((await here.open({ path: "/debug", ...options })).page);

const HOSTILE = `it's "$HOME" \`id\` <img src=x onerror=alert(1)> \\\n@/etc/passwd`;

test("without --debug-page there is neither the page nor any of its files", async () => {
  const debug = await open();
  const paths = await debug.page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
  const own = paths.filter((path) => /debug/.test(path));
  assert.ok(own.length > 10, String(paths));
  const plain = await Server.start();
  try {
    for (const path of ["/debug", "/debug.html", ...own]) assert.equal((await fetch(plain.origin + path)).status, 404, path);
    assert.equal((await fetch(`${plain.origin}/debug`, { method: "OPTIONS" })).status, 404);
  } finally {
    await plain.stop();
  }
});

test("the page lives under the same policy as the chat", async () => {
  const [debug, chat] = await Promise.all(["/debug", "/"].map((path) => fetch(here.server.origin + path)));
  assert.equal(debug.headers.get("content-security-policy"), chat.headers.get("content-security-policy"));
  assert.doesNotMatch(await debug.text(), /<script>|<style|style=|\son\w+=|https?:/);
});

test("a stream is shown as it comes: fields, heartbeats, events, and what they weigh", async () => {
  const debug = await open();
  await debug.subscribe({ topics: "orders/{id}\nstock", format: "json" });
  await debug.reaches("live");
  await here.server.publish("orders/42", '{"n":12345678901234567890,"a":[]}');
  await debug.sees('{\n  "n": 12345678901234567890,\n  "a": []\n}');
  assert.match(await debug.events.first().locator("p").textContent(), /^\+\d+\.\d{3} s message #\d+-\d+ orders\/42 /);
  await debug.page.locator("[data-kind=fields]", { hasText: /retry: \d+ ms/ }).waitFor();
  await debug.page.locator("[data-kind=comment]").nth(1).waitFor();
  await debug.page.locator("#subscribe_raw").check();
  assert.match(await debug.events.first().innerText(), /\nid: #\d+-\d+\ndata: \{"id":.*"topic":"orders\/42"/);

  assert.equal(await debug.text("subscribe_line"), "GET /events?topic=orders%2F%7Bid%7D&topic=stock&format=json");
  assert.equal(await debug.text("subscribe_status"), "200 OK");
  assert.equal(await debug.text("subscribe_transport"), "event stream over http/1.1");
  assert.match(await debug.text("subscribe_fields"), /content-typetext\/event-stream/);
  assert.match(await debug.text("subscribe_counts"), /^\d{3} bytes, 1 event$/);
  assert.match(await debug.text("subscribe_silence"), /^[01] s ago$/);
});

test("a stopped stream goes on from its last id", async () => {
  const debug = await open();
  await debug.subscribe({ topics: "stock" });
  await debug.reaches("live");
  await here.server.publish("stock", "one");
  await debug.sees("one");
  await debug.page.getByRole("button", { name: "Stop" }).click();
  await debug.reaches("closed");
  await here.server.publish("stock", "two");
  await debug.page.getByRole("button", { name: "From last id" }).click();
  await debug.sees("two");
  assert.deepEqual(await debug.shown(), ["one", "two"]);
  await debug.subscribe({ from: "earliest" });
  await debug.page.locator("#subscribe_frames li", { hasText: "two" }).nth(1).waitFor();
  await here.server.stop();
  await debug.reaches("closed");
  assert.equal(await debug.text("subscribe_notice"), "The server has ended the stream.");
});

for (const format of ["text", "ndjson", "poll"]) {
  test(`representation: ${format}`, async () => {
    const debug = await open();
    await here.server.publish("stock", "one");
    await debug.subscribe({ topics: "stock", format, from: "earliest" });
    await debug.sees("one");
    await here.server.publish("stock", "two\nlines");
    await debug.sees("two\nlines");
    if (format === "ndjson") await debug.page.locator("[data-kind=comment]").first().waitFor();
  });
}

test("the chat's stream, with presence", async () => {
  const debug = await open();
  await debug.subscribe({ endpoint: "/sse", topics: "chat", user: "ann", presence: true });
  await debug.events.filter({ hasText: "presence" }).waitFor();
  await debug.publish({ endpoint: "/events", topic: "chat", data: "hello" });
  await debug.sees("hello");
});

test("what is published comes, with its labels, and the command does the same", async () => {
  const debug = await open();
  await debug.subscribe({ topics: "orders/42", format: "json" });
  await debug.reaches("live");
  const said = await debug.publish({ topic: "orders/42", data: HOSTILE, type: "status", retry: "5000" });
  assert.match(said, /^200 OK in \d+ ms$/);
  assert.match(await debug.text("publish_body"), /"topic": "orders\/42"/);
  await debug.sees(HOSTILE);
  const command = await debug.text("publish_curl");
  assert.match(command, /^curl -i 'http:.*\/events\/orders\/42\?type=status&retry=5000' -H .* --data-raw /);
  const { stdout } = await promisify(execFile)("sh", ["-c", command]);
  assert.match(stdout, /^HTTP\/1.1 200 OK/);
  await debug.events.nth(1).waitFor();
  assert.deepEqual(await debug.shown(), [HOSTILE, HOSTILE]);
  assert.equal(await debug.page.locator("main img").count(), 1);
  assert.match(await debug.events.nth(1).locator("p").textContent(), /^\+\S+ s status #/);
});

test("refusals are shown, with the server's reason", async () => {
  here.tolerate(/400 \(Bad Request\)/);
  const debug = await open();
  await debug.subscribe({ endpoint: "/sse", topics: "chat" });
  await debug.page.locator("#subscribe_notice[data-problem]", { hasText: /^400: The parameters have no names/ }).waitFor();
  await debug.page.locator("[data-kind=problem]").waitFor();
  await debug.reaches("closed");
  assert.match(await debug.publish({ topic: "stock", type: "gap" }), /^400 Bad Request in \d+ ms: the type gap is the hub's own$/);
  assert.equal(await debug.page.locator("#publish_notice[data-problem]").count(), 1);
  assert.match(await debug.text("publish_body"), /"errorMessage": /);
});

test("the Mercure protocol: both drafts' parameters, the form, the token in the head", async () => {
  const mock = await MercureMock.start(here.server.origin);
  const chat = await here.open();
  const debug = new Debug(chat.page);
  try {
    await debug.page.goto(`${mock.origin}/debug`);
    await debug.page.locator("#token").fill("Bearer a.b.c");
    const endpoint = "/.well-known/mercure";
    await debug.subscribe({ endpoint, topics: "a/{id}\nb", from: "x#1" });
    await debug.sees("sent");
    await debug.subscribe({ matcher: "match_urlpattern" });
    await debug.events.nth(1).waitFor();
    assert.equal(await debug.page.locator("#subscribe_format").isVisible(), false);
    assert.match(await debug.text("subscribe_fields"), /mercure-last-event-idearliest/);
    await debug.publish({ endpoint, topic: "a/1", alternates: "b\n\nc", data: HOSTILE, id: "urn:x", private: true });
    assert.equal(await debug.text("publish_body"), "urn:uuid:1");
    const command = await debug.text("publish_curl");
    assert.match(command, / -H "Authorization: Bearer \$TOKEN" /);
    await promisify(execFile)("sh", ["-c", command], { env: { ...process.env, TOKEN: "a.b.c" } });

    const [old, fresh, form, curl] = mock.asked;
    assert.equal(old.url, `${endpoint}?topic=a%2F%7Bid%7D&topic=b&lastEventID=x%231`);
    assert.equal(fresh.url, `${endpoint}?match_urlpattern=a%2F%7Bid%7D&match_urlpattern=b&last_event_id=x%231`);
    const sent = [["topic", "a/1"], ["topic", "b"], ["topic", "c"], ["data", HOSTILE], ["id", "urn:x"], ["private", "on"]];
    for (const { body } of [form, curl]) assert.deepEqual([...new URLSearchParams(body)].map(([n, v]) => [n, v.replaceAll("\r", "")]), sent);
    assert.deepEqual(mock.asked.map(({ authorization }) => authorization), Array(4).fill("Bearer a.b.c"));
  } finally {
    await mock.stop();
  }
});

test("the list is bounded, pauses and is cleared", async () => {
  const debug = await open();
  const lines = Array.from({ length: 400 }, (_, n) => JSON.stringify({ topic: "stock", data: `event ${n}` })).join("\n");
  await debug.subscribe({ topics: "stock" });
  await debug.reaches("live");
  await fetch(`${here.server.origin}/events`, { method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body: lines });
  await debug.sees("event 399");
  assert.equal(await debug.entries.count(), 300);
  await debug.page.getByRole("button", { name: "Pause" }).click();
  await here.server.publish("stock", "unseen");
  const goOn = debug.page.getByRole("button", { name: /^Go on \([1-9]/ });
  await goOn.waitFor();
  assert.equal((await debug.shown()).at(-1), "event 399");
  await debug.page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await debug.entries.count(), 0);
  await debug.page.getByRole("button", { name: /^Go on/ }).click();
  await here.server.publish("stock", "seen");
  await debug.sees("seen");
  assert.deepEqual(await debug.shown(), ["seen"]);
});

test("frames are cut as the standard says, wherever the pieces end", async () => {
  const debug = await open();
  const frames = await debug.page.evaluate(async () => {
    const { EventStream } = await import("/js/debug/frames.js");
    const stream = "retry: 5\n: hi\r\n:\r\nid: 1\r\ndata:a\r\ndata: b\r\n\r\nid\ndata\n\nevent:x\rdata:  c\r\rfoo: bar\n\nid: 9\ndata: lost\n";
    const cut = (size) => {
      const reader = new EventStream();
      const pieces = stream.match(new RegExp(`[^]{1,${size}}`, "g"));
      const frames = [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
      return frames.filter(({ kind }) => kind === "event" || kind === "problem").map(({ type, id, data, note }) => [type, id, data, note]);
    };
    return [1, 2, 3, 1000].map((size) => JSON.stringify(cut(size)));
  });
  const expected = [["message", "1", "a\nb", null], ["message", "", "", null], ["x", null, " c", null], [null, null, null, "cut off, and so ignored"]];
  assert.deepEqual([...new Set(frames)], [JSON.stringify(expected)]);
});

for (const width of [320, 390, 1280]) {
  test(`everything fits and has a name at ${width} pixels`, async () => {
    const debug = await open({ viewport: { width, height: 800 } });
    await debug.subscribe({ topics: "w".repeat(200), format: "json" });
    await debug.publish({ topic: "w".repeat(200), data: "w".repeat(300) });
    await debug.sees("w".repeat(300));
    const found = await debug.page.evaluate(() => {
      const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5);
      const nameless = [...document.querySelectorAll("input, select, textarea")].filter((e) => !e.labels.length);
      return [...wide, ...nameless].map((e) => e.id || e.className || e.localName);
    });
    assert.deepEqual(found, []);
  });
}

test("the keyboard is enough", async () => {
  const { page, ...debug } = await open();
  await page.locator("#subscribe_endpoint").focus();
  const stops = [];
  for (let i = 0; i < 12; i += 1) {
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.localName));
    await page.keyboard.press("Tab");
  }
  const form = ["endpoint", "topics", "from", "format", "user", "latest", "presence", "begin"].map((id) => `subscribe_${id}`);
  assert.deepEqual(stops.slice(0, 10), [...form, "summary", "subscribe_frames"]);
  await page.locator("#subscribe_from").press("Enter");
  await page.locator("body[data-state=live]").waitFor();
  await page.locator("#subscribe_stop").press("Space");
  assert.equal(await page.evaluate(() => document.activeElement.id), "subscribe_begin");
});
