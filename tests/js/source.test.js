// What a HubSource has in common with an EventSource, and what it tells besides.

import assert from "node:assert/strict";

import { ok, refusal } from "./support/hub.js";
import { ORIGIN } from "./support/tab.js";
import { test } from "./support/world.js";

const { HubSource } = await import("../../static/js/ssehub.js");

const ALONE = { share: false };
/** Longer than a stream must live to count as steady. */
const STEADY_MS = 3_000;

const ids = (world) => world.hub.requests.map(({ query }) => query.get("last_event_id"));

test("it connects, opens, and delivers what is published from then on", async (world) => {
  world.hub.publish("chat", "before");
  const tab = world.open(["chat"], ALONE);
  assert.equal(tab.source.readyState, HubSource.CONNECTING);
  await world.until(() => tab.isOpen);
  world.hub.publish("chat", "one");
  world.hub.publish("other", "not for us");
  world.hub.publish("chat", "two");
  await world.settle();
  assert.deepEqual(tab.data, ["one", "two"]);
  assert.deepEqual(tab.log, ["open"]);
  assert.equal(tab.source.transport, "stream");
});

test("it asks for its topics, in the way the hub understands", async (world) => {
  await world.opened(["a b", "c&d"], { share: false, user: "ann", latest: 1, presence: 1 });
  const [poll, stream] = world.hub.requests;
  const { origin, pathname } = new URL(poll.url);
  assert.equal(origin + pathname, `${ORIGIN}/events`);
  const common = [
    ["user", "ann"],
    ["latest", "1"],
    ["presence", "1"],
    ["topic", "a b"],
    ["topic", "c&d"],
  ];
  assert.deepEqual([...poll.query], [...common, ["last_event_id", ""], ["wait", "0"]]);
  assert.deepEqual([...stream.query], [...common, ["last_event_id", world.hub.head], ["format", "json"]]);
  assert.deepEqual([poll.accept, stream.accept], ["application/json", "text/event-stream"]);
});

test("true stands for 1", async (world) => {
  const { source } = await world.opened(["a"], { share: false, latest: true, presence: true });
  assert.equal(source.url, `${ORIGIN}/events?latest=1&presence=1`);
});

test("parameters that the address has already stay", async (world) => {
  const { source } = await world.opened(["a"]);
  assert.equal(source.url, `${ORIGIN}/events`);
  const other = new HubSource(`${ORIGIN}/events?key=1`, {
    topics: ["a"],
    share: false,
    fetch: () => new Promise(() => {}),
    user: "ä",
  });
  assert.equal(other.url, `${ORIGIN}/events?key=1&user=%C3%A4`);
  other.close();
});

test("with an id it delivers first what came after that, page by page", async (world) => {
  const expected = Array.from({ length: 120 }, (_, i) => `message ${i}`);
  const [first] = expected.map((data) => world.hub.publish("chat", data));
  const tab = await world.opened(["chat"], { share: false, lastEventId: first.id });
  assert.deepEqual(tab.data, expected.slice(1));
  const all = await world.opened(["chat"], { share: false, lastEventId: "earliest" });
  assert.deepEqual(all.data, expected);
});

test("latest delivers the latest event of each topic first, of those that were missed", async (world) => {
  for (const data of ["old", "new"]) world.hub.publish("a", data);
  world.hub.publish("b", "other");
  const tab = await world.opened(["a", "b"], { share: false, latest: 1, lastEventId: "earliest" });
  assert.deepEqual(tab.data, ["new", "other"]);
});

test("an asterisk stands for every topic", async (world) => {
  const tab = await world.opened(["*"]);
  world.hub.publish("a", "1");
  world.hub.publish("b", "2");
  await world.settle();
  assert.deepEqual(tab.data, ["1", "2"]);
});

test("a template is matched by the hub, on a connection of its own", async (world) => {
  await world.opened(["orders/1"], {});
  const tab = world.open(["orders/{id}"], {});
  await world.until(() => tab.isOpen);
  assert.equal(world.hub.streams.size, 2);
  for (const stream of world.hub.streams)
    stream.write('data: {"id":"#1795361274009-0","topic":"orders/2","data":"paid"}\n\n');
  await world.settle();
  assert.deepEqual(
    world.tabs.map((tab) => tab.data),
    [[], ["paid"]],
  );
  assert.equal(tab.source.transport, "stream");
});

test("the same id and topic at another time is another event", async (world) => {
  const tab = await world.opened(["a"]);
  const event = (time) => `data: ${JSON.stringify({ id: "same", topic: "a", time, data: `${time}` })}\n\n`;
  const now = 1_895_361_274_000;
  world.stream.write(event(now) + event(now + 1) + event(now));
  await world.settle();
  assert.deepEqual(tab.data, [`${now}`, `${now + 1}`]);
});

test("on a busy topic the stream is opened all the same", async (world) => {
  world.hub.refuse = ({ accept }) => accept === "application/json" && void world.hub.publish("chat", "more");
  const tab = world.open(["chat"], { share: false, lastEventId: "earliest" });
  await world.until(() => world.hub.streams.size === 1);
  const more = await world.opened(["chat"], {});
  world.hub.publish("other", "");
  await world.settle(40);
  assert.ok(world.hub.requests.length < 10);
  assert.ok(tab.isOpen && more.isOpen);
});

test("who closes in a handler of an error leaves nothing behind", async (world) => {
  world.hub.refuse = () => refusal(503, "full", { "Retry-After": "60" });
  const tab = world.open(["chat"], ALONE);
  tab.source.addEventListener("error", () => tab.source.close());
  await world.until(() => tab.source.readyState === HubSource.CLOSED);
});

test("handlers and listeners are both called, with the source as target", async (world) => {
  const tab = await world.opened(["chat"]);
  const called = [];
  tab.source.onmessage = function (event) {
    called.push(["handler", this === tab.source, event.target === tab.source]);
  };
  tab.source.addEventListener("message", () => called.push(["listener"]));
  world.hub.publish("chat", "x");
  await world.settle();
  assert.deepEqual(called, [["handler", true, true], ["listener"]]);
});

test("an id that comes again is dropped; the same id on another topic is another event", async (world) => {
  const tab = await world.opened(["a", "b"]);
  const event = (topic) => `data: ${JSON.stringify({ id: "same", topic, data: topic })}\n\n`;
  world.stream.write(event("a") + event("a") + event("b") + event("a"));
  await world.settle();
  assert.deepEqual(tab.data, ["a", "b"]);
});

test("only so many ids are remembered", async (world) => {
  const tab = await world.opened(["a"]);
  const event = (id) => `data: ${JSON.stringify({ id, topic: "a", data: "" })}\n\n`;
  for (let i = 0; i <= 1_024; i += 1) world.stream.write(event(`${i}`));
  world.stream.write(event("1") + event("0"));
  await world.settle(20);
  assert.equal(tab.events.length, 1_026);
});

test("who comes and goes is told, by polls and streams, and leaves the position alone", async (world) => {
  const snapshot = { topic: "a", users: [{ user: "ann", connections: 1 }], anonymous: 0 };
  const answer = { events: [], last_event_id: world.hub.head, presence: [snapshot] };
  world.hub.refuse = ({ accept }) => accept === "application/json" && ok("application/json", answer);
  const tab = world.open(["a"], ALONE);
  const told = [];
  for (const type of ["presence", "join"]) tab.source.addEventListener(type, (event) => told.push(event));
  await world.until(() => tab.isOpen);
  const { lastEventId } = tab.source;
  const join = JSON.stringify({ user: "bob", topic: "a", connections: 1, users: 2 });
  for (let i = 0; i < 2; i += 1) world.stream.write(`event: join\ndata: ${join}\n\n`);
  await world.settle();
  assert.deepEqual(
    told.map(({ type, topic, data, lastEventId }) => [type, topic, data, lastEventId]),
    [
      ["presence", "a", JSON.stringify(snapshot), ""],
      ["join", "a", join, ""],
      ["join", "a", join, ""],
    ],
  );
  assert.equal(tab.source.lastEventId, lastEventId);
});

test("a gap is told, by a poll and by a stream, and is no reason to be told again", async (world) => {
  world.hub.publish("chat", "lost");
  const lost = world.hub.head;
  world.hub.publish("chat", "kept");
  world.hub.keep(1);
  const tab = await world.opened(["chat"], { share: false, lastEventId: "#1-0" });
  assert.deepEqual([tab.log, tab.data], [[`gap {"after":"#1-0","resumed":"${lost}"}`, "open"], ["kept"]]);

  const after = tab.source.lastEventId;
  world.network.filter = () => "";
  world.hub.publish("chat", "lost again");
  const lostAgain = world.hub.head;
  world.hub.keep(0);
  world.network.filter = (text) => text;
  await world.pass(STEADY_MS);
  world.stream.end();
  await world.settle();
  assert.equal(tab.log.at(-1), `gap {"after":"${after}","resumed":"${lostAgain}"}`);
  assert.equal(tab.source.lastEventId, lostAgain);
});

test("after a restart of a hub whose clock was set back, events arrive", async (world) => {
  const tab = await world.opened(["chat"]);
  await world.pass(STEADY_MS);
  world.hub.restart(3_600_000);
  await world.settle(40);
  world.hub.publish("chat", "from the past");
  await world.settle();
  assert.match(tab.log.at(-1), /^gap /);
  assert.deepEqual(tab.data, ["from the past"]);
});

test("a closed source says nothing more, asks nothing more, and stays closed", async (world) => {
  const tab = await world.opened(["chat"]);
  tab.source.close();
  assert.equal(tab.source.readyState, HubSource.CLOSED);
  await world.settle();
  assert.equal(world.hub.streams.size, 0);
  world.hub.publish("chat", "unheard");
  await world.pass(100_000, 5_000);
  assert.deepEqual([tab.data, tab.log, world.hub.requests.length], [[], ["open"], 2]);
  tab.source.close();
});

for (const when of ["at once", "while it catches up", "in a handler", "in a handler of a poll", "when it opens"]) {
  test(`a source may be closed ${when}`, async (world) => {
    for (const data of ["old", "older"]) world.hub.publish("chat", data);
    const old = when === "in a handler of a poll";
    const tab = world.open(["chat"], { share: false, lastEventId: old ? "earliest" : "" });
    tab.source.addEventListener("message", () => tab.source.close());
    if (when === "at once") tab.source.close();
    if (when === "when it opens") tab.source.addEventListener("open", () => tab.source.close());
    if (when === "while it catches up") {
      await world.until(() => world.hub.requests.length === 1);
      tab.source.close();
    }
    await world.settle(40);
    for (const stream of world.hub.streams)
      stream.write('data: {"id":"1","topic":"chat","data":"a"}\n\ndata: {"id":"2","topic":"chat","data":"b"}\n\n');
    await world.settle();
    assert.equal(tab.source.readyState, HubSource.CLOSED);
    assert.equal(tab.data.length, when.startsWith("in a handler") ? 1 : 0);
    if (when.startsWith("in a handler"))
      assert.equal(tab.source.lastEventId, tab.events[0].lastEventId, "where to go on");
    assert.equal(tab.log.length, when === "when it opens" || when === "in a handler" ? 1 : 0);
  });
}

for (const [status, message] of [
  [204, undefined],
  [400, "a subscriber names at least one topic"],
  [401, "no"],
  [404, "nothing is here"],
  [414, "too long"],
]) {
  test(`${status} closes for good`, async (world) => {
    world.hub.refuse = () => refusal(status, message);
    const { source } = world.open(["chat"], ALONE);
    const [failed, readyState] = await new Promise((resolve) => {
      source.onerror = (event) => resolve([event, source.readyState]);
    });
    assert.deepEqual([failed.status, failed.errorMessage], [status, message]);
    assert.equal(readyState, HubSource.CLOSED);
    await world.pass(100_000, 5_000);
    assert.equal(world.hub.requests.length, 1);
  });
}

test("a stream that is refused closes for good, too", async (world) => {
  world.hub.refuse = ({ accept }) => accept === "text/event-stream" && refusal(403, "not yours");
  const tab = world.open(["chat"], ALONE);
  await world.until(() => tab.log.length);
  assert.deepEqual(tab.log, ["error 403"]);
  assert.equal(tab.source.readyState, HubSource.CLOSED);
});

test("a refusal that is not JSON has a status and no message", async (world) => {
  world.hub.refuse = () => ({ status: 403, headers: { "Content-Type": "text/html" }, body: "<p>no" });
  const tab = world.open(["chat"], ALONE);
  const failed = await new Promise((resolve) => (tab.source.onerror = resolve));
  assert.deepEqual([failed.status, failed.errorMessage], [403, undefined]);
});

for (const status of [408, 429, 500, 502, 503]) {
  test(`${status} is tried again`, async (world) => {
    world.hub.refuse = () => refusal(status, "later");
    const tab = world.open(["chat"], ALONE);
    await world.until(() => tab.log.length);
    assert.deepEqual(tab.log, ["error"]);
    assert.equal(tab.source.readyState, HubSource.CONNECTING);
    world.hub.refuse = null;
    await world.pass(2_000);
    await world.until(() => tab.isOpen);
  });
}

test("an answer of another type, such as the page of a hotel's network, is tried again", async (world) => {
  world.hub.refuse = () => ({ status: 200, headers: { "Content-Type": "text/html" }, body: "<h1>Welcome</h1>" });
  const tab = world.open(["chat"], ALONE);
  await world.until(() => tab.log.length);
  world.hub.refuse = null;
  await world.pass(2_000);
  await world.until(() => tab.isOpen);
  assert.deepEqual(tab.log, ["error", "open"]);
});

test("such an answer in place of a stream is no stream", async (world) => {
  world.hub.refuse = ({ accept }) =>
    accept === "text/event-stream" && {
      status: 200,
      headers: { "Content-Type": "text/html" },
      body: "<h1>Welcome</h1>",
    };
  const tab = world.open(["chat"], ALONE);
  await world.until(() => tab.log.length);
  assert.deepEqual(tab.log, ["error"]);
});

test("a stream that cannot be read is closed, and tried again", async (world) => {
  const tab = await world.opened(["chat"]);
  world.stream.write("data: {\n\n");
  await world.settle();
  assert.equal(world.hub.streams.size, 0);
  await world.pass(2_000);
  await world.until(() => tab.isOpen);
  assert.deepEqual(tab.log, ["open", "error", "open"]);
});

test("a poll that cannot be read is tried again", async (world) => {
  world.hub.refuse = () => ({ ...ok("application/json", {}), body: '{"events":' });
  const tab = world.open(["chat"], ALONE);
  await world.until(() => tab.log.length);
  world.hub.refuse = null;
  await world.pass(2_000);
  await world.until(() => tab.isOpen);
});

test("an answer that never comes is not waited for for ever", async (world) => {
  world.hub.refuse = () => ({ later: () => () => {} });
  const tab = world.open(["chat"], ALONE);
  await world.settle();
  world.hub.refuse = null;
  await world.pass(29_000);
  assert.deepEqual(tab.log, []);
  await world.pass(1_000);
  await world.pass(2_000);
  await world.until(() => tab.isOpen);
});

test("what the page's own fetch does is used", async (world) => {
  const asked = [];
  const custom = (url, init) => {
    asked.push(init.headers.Accept);
    return fetch(url, init);
  };
  await world.opened(["chat"], { share: false, fetch: custom });
  assert.deepEqual(asked, ["application/json", "text/event-stream"]);
});

test("a stream resumes after the last event, whoever gave the id", async (world) => {
  const tab = await world.opened(["chat"]);
  world.hub.publish("chat", "1", { id: "mine" });
  await world.pass(STEADY_MS);
  world.stream.fail();
  world.hub.publish("chat", "2");
  await world.settle(40);
  world.hub.publish("chat", "3");
  await world.settle();
  assert.deepEqual(tab.data, ["1", "2", "3"]);
  assert.equal(ids(world).at(-1), "mine");
});
