// One connection for all tabs: who shares it, what each of them sees, and what happens when it fails.

import assert from "node:assert/strict";

import { assertComplete, group, PATIENCE_MS, pollingLeader, publish, SHARED } from "./support/group.js";
import { refusal } from "./support/hub.js";
import { test } from "./support/world.js";

const topicsOf = (stream) => [...stream.topics].sort();

test("eight tabs have one connection, and each event arrives once at each of them", async (world) => {
  const tabs = await group(world, ...Array(8).fill(["chat"]));
  publish(world, ["chat"], 100);
  await world.settle(40);
  assertComplete(world, tabs);
  assert.equal(world.hub.streams.size, 1);
  assert.deepEqual(
    tabs.map((tab) => tab.source.transport),
    ["stream", ...Array(7).fill("shared")],
  );
  assert.deepEqual(tabs[3].log, ["shared", "open"]);
});

test("tabs that start at the same time have one connection, too", async (world) => {
  const tabs = Array.from({ length: 8 }, () => world.open(["chat"]));
  await world.until(() => tabs.every((tab) => tab.isOpen));
  publish(world, ["chat"], 10);
  await world.settle(40);
  assertComplete(world, tabs);
  assert.equal(world.hub.streams.size, 1);
});

test("the connection reads the topics of all tabs, and each tab sees its own", async (world) => {
  const tabs = await group(world, ["a"], ["b", "c"], ["a", "d"]);
  publish(world, ["a", "b", "c", "d", "e"], 50);
  await world.settle(60);
  assertComplete(world, tabs);
  assert.deepEqual(topicsOf(world.stream), ["a", "b", "c", "d"]);
});

test("an event on several topics comes once to each tab that reads one of them", async (world) => {
  const tabs = await group(world, ["a"], ["b"], ["a", "b"], ["c"]);
  world.hub.publish("a", "both", { alternates: ["b"] });
  world.hub.publish("c", "alone");
  world.hub.publish("x", "all", { alternates: ["a", "b", "c"] });
  await world.settle(40);
  assertComplete(world, tabs);
  assert.deepEqual(
    tabs.map((tab) => tab.data.length),
    [2, 2, 2, 2],
  );
});

test("topics may hold commas and line separators", async (world) => {
  const tabs = await group(world, ["a", "b"], ["a,b"]);
  publish(world, ["a", "b", "a,b"], 9);
  await world.settle(40);
  assertComplete(world, tabs);
});

test("a new topic costs the others nothing, and its old events stay old", async (world) => {
  const [ann] = await group(world, ["a"]);
  publish(world, ["a"], 5);
  world.hub.publish("b", "old");
  const bob = world.open(["b"]);
  for (let i = 5; i < 60; i += 1) {
    publish(world, ["a"], 1, i);
    await world.settle(1);
  }
  await world.until(() => bob.isOpen);
  world.hub.publish("b", "new");
  await world.settle(40);
  assertComplete(world, [ann]);
  assert.deepEqual(bob.data, ["new"]);
  assert.deepEqual(ann.log, ["open"]);
});

test("events of a quiet leader's past do not come again when a topic joins", async (world) => {
  await group(world, ["quiet"]);
  for (let i = 0; i < 5; i += 1) world.hub.publish("busy", `old ${i}`);
  const late = await world.opened(["busy"], SHARED);
  assert.equal(
    world.hub.requests.findLast((request) => request.accept === "text/event-stream").query.get("last_event_id"),
    world.hub.head,
  );
  world.hub.publish("busy", "new");
  await world.settle(40);
  assert.deepEqual(late.data, ["new"]);
});

test("a tab that comes with an older id catches up before it goes live, in order", async (world) => {
  const [ann] = await group(world, ["chat"]);
  publish(world, ["chat"], 130);
  const bob = world.open(["chat"], { lastEventId: "earliest" });
  for (let i = 130; i < 200; i += 1) {
    publish(world, ["chat"], 1, i);
    await world.settle(1);
  }
  await world.settle(60);
  assertComplete(world, [ann, bob]);
  assert.equal(world.hub.streams.size, 1);
  assert.equal(bob.source.transport, "shared");
});

test("a follower may be closed in a handler", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  const [first] = ["1", "2"].map((data) => {
    follower.source.addEventListener("message", () => follower.source.close());
    return world.hub.publish("chat", data);
  });
  await world.settle(40);
  assertComplete(world, [leader]);
  assert.deepEqual(follower.data, ["1"]);
  assert.deepEqual([follower.source.readyState, follower.source.lastEventId], [2, first.id]);
});

test("followers follow the leader's state", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  world.network.down = true;
  await world.pass(PATIENCE_MS);
  world.stream.fail();
  await world.settle();
  assert.equal(leader.isOpen, false);
  assert.equal(follower.isOpen, false);
  publish(world, ["chat"], 3);
  world.network.down = false;
  await world.pass(30_000, 1_000);
  await world.settle(40);
  assert.equal(leader.isOpen, true);
  assert.equal(follower.isOpen, true);
  assertComplete(world, [leader, follower]);
});

test("a leader that has to poll shares that", async (world) => {
  const leader = await pollingLeader(world, ["a"]);
  const follower = await world.opened(["b"], SHARED);
  publish(world, ["a", "b"], 10);
  await world.settle(60);
  assertComplete(world, [leader, follower]);
  assert.deepEqual([leader.source.transport, follower.source.transport], ["poll", "shared"]);
  assert.equal(world.hub.polls.size, 1);

  world.network.buffers = false;
  await world.pass(50_000, 25_000);
  publish(world, ["a", "b"], 10, 10);
  await world.settle(60);
  assertComplete(world, [leader, follower]);
  assert.equal(leader.source.transport, "stream");
  assert.equal(world.hub.polls.size, 0);
});

test("a topic that joins while a stream is tried beside the polls is read by the stream, too", async (world) => {
  const leader = await pollingLeader(world, ["a"], { wait: 10 });
  await world.pass(30_000, 10_000);
  await world.until(() => world.hub.streams.size === 1, "a stream is tried");
  const follower = world.open(["b"]);
  world.network.buffers = false;
  await world.until(() => follower.isOpen);
  publish(world, ["a", "b"], 10);
  await world.settle(60);
  assertComplete(world, [leader, follower]);
  await world.pass(20_000, 10_000);
  assert.deepEqual(topicsOf(world.stream), ["a", "b"]);
});

test("a tab goes live as soon as a leader that polls has its topics, not with the next event", async (world) => {
  const leader = await pollingLeader(world, ["a"]);
  const answers = [];
  const slow = ({ tab, query }) => tab === leader.number && query.get("wait") === "0";
  world.hub.refuse = (request) =>
    slow(request) && { later: (done) => (answers.push(() => done(world.hub.poll(request))), () => {}) };
  const follower = world.open(["b"]);
  await world.until(() => answers.length === 1);
  await world.settle();
  answers[0]();
  await world.until(() => follower.isOpen);
});

for (const how of ["close", "pagehide"]) {
  test(`the topics of a tab that leaves are read no longer (${how})`, async (world) => {
    const [, follower] = await group(world, ["a"], ["a", "b"]);
    assert.deepEqual(topicsOf(world.stream), ["a", "b"]);
    if (how === "close") follower.source.close();
    else world.happens(how);
    await world.settle(40);
    assert.deepEqual(topicsOf(world.stream), ["a"]);
    // A page that comes back from being put aside says hello again.
    await world.pass(10_000, 500);
    await world.settle(40);
    assert.deepEqual(topicsOf(world.stream), how === "close" ? ["a"] : ["a", "b"]);
  });
}

test("who is refused closes alone, before anybody is bothered", async (world) => {
  const [leader] = await group(world, ["a"]);
  world.hub.refuse = ({ query }) => query.getAll("topic").includes("secret") && refusal(403, "not yours");
  const nosy = world.open(["secret"]);
  await world.until(() => nosy.log.length);
  publish(world, ["a"], 3);
  await world.settle();
  assert.deepEqual(nosy.log, ["error 403"]);
  assertComplete(world, [leader]);
  assert.deepEqual(leader.log, ["open"]);
});

test("if all topics together are refused, everyone goes their own way", async (world) => {
  const tabs = await group(world, ["a"], ["b"]);
  world.hub.refuse = ({ query }) => query.getAll("topic").length > 1 && refusal(400, "too many topics");
  await world.pass(PATIENCE_MS);
  world.stream.fail();
  publish(world, ["a", "b"], 10);
  await world.pass(30_000, 1_000);
  publish(world, ["a", "b"], 10, 10);
  await world.settle(40);
  assertComplete(world, tabs);
  assert.deepEqual(
    tabs.map((tab) => tab.source.transport),
    ["stream", "stream"],
  );
});

test("if a right is withdrawn, only who asked for it closes", async (world) => {
  const tabs = await group(world, ["a"], ["a", "b"], ["a"]);
  world.hub.refuse = ({ query }) => query.getAll("topic").includes("b") && refusal(403, "no longer yours");
  await world.pass(PATIENCE_MS);
  world.stream.fail();
  await world.pass(60_000, 1_000);
  publish(world, ["a"], 10);
  await world.settle(40);
  assert.equal(tabs[1].log.at(-1), "error 403");
  assertComplete(world, [tabs[0], tabs[2]]);
});

test("a tab that leaves no longer waits for the lock", async (world) => {
  const [, follower] = await group(world, ["a"], ["a"]);
  assert.equal(world.locks.held, 2);
  follower.source.close();
  await world.settle();
  assert.equal(world.locks.held, 1);
});

test("tabs of different users or addresses do not share", async (world) => {
  await world.opened(["chat"], { user: "ann" });
  await world.opened(["chat"], { user: "bob" });
  await world.opened(["chat"], SHARED);
  assert.equal(world.hub.streams.size, 3);
});

test("who does not want to share does not", async (world) => {
  await group(world, ["chat"]);
  const plain = await world.opened(["chat"], { share: false });
  assert.equal(plain.source.transport, "stream");
  assert.equal(world.hub.streams.size, 2);
});

for (const missing of ["navigator", "BroadcastChannel"]) {
  test(`without ${missing === "navigator" ? "Web Locks" : missing} everyone has a connection`, async (world) => {
    globalThis[missing] = undefined;
    const tabs = await group(world, ["chat"], ["chat"]);
    publish(world, ["chat"], 5);
    await world.settle();
    assertComplete(world, tabs);
    assert.equal(world.hub.streams.size, 2);
  });
}

test("if locks may not be used, everyone goes their own way", async (world) => {
  globalThis.navigator.locks.request = () => Promise.reject(new DOMException("no", "SecurityError"));
  const tabs = [world.open(["chat"]), world.open(["chat"])];
  await world.settle(40);
  for (const tab of tabs) assert.ok(tab.isOpen && tab.source.transport === "stream");
  publish(world, ["chat"], 5);
  await world.settle(40);
  assertComplete(world, tabs);
});
