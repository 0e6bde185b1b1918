// Streams that do not flow, the polls in their place, and the way back: nothing is lost, nothing comes twice.

import assert from "node:assert/strict";

import { HEARTBEAT, refusal } from "./support/hub.js";
import { test } from "./support/world.js";

const ALONE = { share: false };
const PATIENCE_MS = 3_000;
const SILENCE_MS = 37_500;
const WAIT_MS = 25_000;

const isStream = ({ accept }) => accept === "text/event-stream";
const asked = (world) =>
  world.hub.requests.map((request) => (isStream(request) ? "stream" : `poll ${request.query.get("wait")}`));

/** Publishes numbers, one a call. */
function counter(world) {
  let count = 0;
  return () => world.hub.publish("chat", `${(count += 1)}`);
}

const numbers = (count) => Array.from({ length: count }, (_, i) => `${i + 1}`);

/** A tab that polls because a proxy keeps its stream back. */
async function polling(world, options = ALONE) {
  world.network.buffers = true;
  const tab = world.open(["chat"], options);
  await world.until(() => world.hub.streams.size === 1);
  await world.pass(options.patience ?? PATIENCE_MS);
  await world.until(() => tab.isOpen && world.hub.polls.size === 1);
  return tab;
}

test("a stream whose first comment does not come is given up for polls", async (world) => {
  world.network.buffers = true;
  const publish = counter(world);
  const tab = world.open(["chat"], ALONE);
  await world.until(() => world.hub.streams.size === 1);
  publish();
  await world.pass(PATIENCE_MS - 1);
  assert.deepEqual([tab.log, tab.data], [[], []]);
  await world.pass(1);
  await world.until(() => world.hub.polls.size === 1);
  publish();
  await world.until(() => world.hub.polls.size === 1);
  publish();
  await world.settle();
  assert.deepEqual(tab.data, numbers(3));
  assert.deepEqual([tab.source.transport, tab.source.reason], ["poll", "buffered"]);
  assert.deepEqual(tab.log, ["poll: buffered", "error", "open"]);
  assert.deepEqual(asked(world), ["poll 0", "stream", "poll 0", "poll 25", "poll 25", "poll 25"]);
});

test("a stream that answers but sends nothing is given up, too", async (world) => {
  world.network.filter = () => "";
  const tab = world.open(["chat"], ALONE);
  await world.until(() => world.hub.streams.size === 1);
  await world.pass(PATIENCE_MS);
  assert.equal(tab.source.reason, "buffered");
});

test("how long it has patience is an option", async (world) => {
  const tab = await polling(world, { share: false, patience: 500 });
  assert.equal(tab.source.reason, "buffered");
});

test("polls go on after one another, also when nothing happens", async (world) => {
  const tab = await polling(world, { share: false, wait: 5, retrial: 600_000 });
  const publish = counter(world);
  for (let i = 0; i < 3; i += 1) await world.pass(5_000);
  publish();
  await world.settle();
  assert.deepEqual(tab.data, ["1"]);
  assert.deepEqual(asked(world).slice(-5), Array(5).fill("poll 5"));
});

test("what is published between two polls is in the next", async (world) => {
  const tab = await polling(world);
  const publish = counter(world);
  for (let i = 0; i < 10; i += 1) publish();
  await world.settle(40);
  assert.deepEqual(tab.data, numbers(10));
});

test("a hub that answers polls at once with nothing is not asked without a pause", async (world) => {
  const tab = await polling(world);
  const asked = world.hub.requests.length;
  world.hub.refuse = (request) =>
    world.hub.poll({ query: new URLSearchParams([...request.query, ["wait", "0"]].reverse()) });
  world.hub.publish("other", "ends no poll");
  await world.pass(WAIT_MS);
  await world.pass(60_000, 1_000);
  assert.ok(world.hub.requests.length - asked < 20, `${world.hub.requests.length - asked} requests`);
  world.hub.refuse = null;
  world.hub.publish("chat", "late");
  await world.pass(30_000, 1_000);
  assert.deepEqual(tab.data, ["late"]);
});

test("polls leave no timers behind", async (world) => {
  await polling(world);
  const timers = world.timers;
  const publish = counter(world);
  for (let i = 0; i < 20; i += 1) {
    publish();
    await world.settle();
  }
  // Each poll that waits has one here, and one at the hub.
  assert.ok(world.timers <= timers, `${world.timers} after ${timers}`);
});

test("a stream whose heartbeats stop is given up, and what it swallowed is delivered", async (world) => {
  const tab = await world.opened(["chat"]);
  const publish = counter(world);
  publish();
  await world.settle();
  world.network.filter = () => "";
  publish();
  world.stream.write(HEARTBEAT);
  await world.pass(SILENCE_MS - 1);
  assert.equal(tab.source.transport, "stream");
  assert.deepEqual(tab.data, ["1"]);
  await world.pass(1);
  publish();
  await world.settle(40);
  assert.deepEqual(tab.data, numbers(3));
  assert.deepEqual(tab.log, ["open", "poll: silent"]);
  assert.equal(world.hub.streams.size, 0);
});

test("anything that arrives shows that a stream flows", async (world) => {
  const tab = await world.opened(["chat"]);
  const publish = counter(world);
  for (let i = 0; i < 5; i += 1) {
    await world.pass(SILENCE_MS - 1);
    publish();
    await world.settle();
  }
  assert.equal(tab.source.transport, "stream");
});

test("a heartbeat that comes after a long sleep does not make the next silence long", async (world) => {
  const tab = await world.opened(["chat"]);
  world.stream.write(HEARTBEAT);
  await world.settle();
  tab.freeze();
  world.stream.write(HEARTBEAT);
  await world.pass(36_000_000);
  tab.thaw();
  await world.settle();
  await world.pass(2 * SILENCE_MS);
  assert.equal(tab.source.transport, "poll");
});

test("how long a silence may be is an option", async (world) => {
  const tab = await world.opened(["chat"], { share: false, heartbeat: 4_000 });
  await world.pass(9_999);
  assert.equal(tab.source.transport, "stream");
  await world.pass(1);
  assert.deepEqual([tab.source.transport, tab.source.reason], ["poll", "silent"]);
});

test("heartbeats that arrive together change nothing", async (world) => {
  const tab = await world.opened(["chat"]);
  for (let i = 0; i < 9; i += 1) world.stream.write(HEARTBEAT);
  await world.settle();
  await world.pass(SILENCE_MS - 1);
  assert.equal(tab.source.transport, "stream");
});

test("the time to the first heartbeat of a stream says nothing", async (world) => {
  const tab = await world.opened(["chat"]);
  for (let i = 0; i < 6; i += 1) {
    await world.pass(PATIENCE_MS);
    world.stream.write(HEARTBEAT);
    await world.settle();
    world.stream.end();
    await world.until(() => world.hub.streams.size === 1 && world.hub.requests.length === i + 3);
    await world.settle();
  }
  await world.pass(SILENCE_MS - 1);
  assert.equal(tab.source.transport, "stream");
});

test("without heartbeats a stream may be silent for as long as it likes", async (world) => {
  const tab = await world.opened(["chat"], { share: false, heartbeat: 0 });
  await world.pass(3_600_000);
  assert.equal(tab.source.transport, "stream");
  assert.deepEqual(tab.log, ["open"]);
});

test("a stream that is cut now and then is resumed at once, without a word", async (world) => {
  const tab = await world.opened(["chat"]);
  const publish = counter(world);
  for (let i = 0; i < 20; i += 1) {
    publish();
    await world.pass(5_000);
    if (i % 2) world.stream.end();
    else world.stream.fail();
    publish();
    await world.settle();
    assert.equal(world.hub.streams.size, 1, "a new stream without a pause");
  }
  await world.settle();
  assert.deepEqual(tab.data, numbers(40));
  assert.deepEqual(tab.log, ["open"]);
});

test("streams that are cut short again and again are given up for polls", async (world) => {
  const tab = await world.opened(["chat"]);
  const publish = counter(world);
  for (let i = 0; i < 3; i += 1) {
    publish();
    await world.until(() => world.hub.streams.size === 1);
    world.stream.end();
    publish();
    await world.settle();
    await world.pass(i < 2 ? 4_000 : 0);
  }
  publish();
  await world.settle(40);
  assert.deepEqual(tab.data, numbers(7));
  assert.deepEqual([tab.source.transport, tab.source.reason], ["poll", "cut"]);
});

test("streams that end before they begin are given up, too", async (world) => {
  world.hub.refuse = (request) =>
    isStream(request) && { status: 200, headers: { "Content-Type": "text/event-stream" }, body: "" };
  const tab = world.open(["chat"], ALONE);
  await world.pass(10_000, 500);
  await world.until(() => tab.isOpen);
  assert.deepEqual([tab.source.transport, tab.source.reason], ["poll", "cut"]);
});

test("two short streams and a steady one are no reason to give up", async (world) => {
  const tab = await world.opened(["chat"]);
  for (let round = 0; round < 4; round += 1) {
    for (const ms of [0, 0, PATIENCE_MS]) {
      await world.until(() => world.hub.streams.size === 1);
      await world.settle();
      await world.pass(ms);
      world.stream.end();
      await world.settle();
      await world.pass(ms ? 0 : 4_000);
    }
  }
  assert.equal(tab.source.transport, "stream");
});

test("connections that are refused are no reason to poll: the server is away", async (world) => {
  const tab = await world.opened(["chat"]);
  world.network.down = true;
  await world.pass(PATIENCE_MS);
  world.stream.fail();
  await world.pass(300_000, 1_000);
  assert.equal(tab.source.transport, "stream");
  world.network.down = false;
  await world.pass(30_000, 1_000);
  await world.until(() => tab.isOpen);
  assert.equal(tab.source.transport, "stream");
});

test("a stream is tried again after 30 s, then after twice as long, and at last every 10 minutes", async (world) => {
  const times = [];
  await polling(world, { share: false, wait: 1 });
  world.hub.refuse = (request) => isStream(request) && void times.push(Date.now());
  const began = Date.now();
  await world.pass(3_000_000, 1_000);
  const pauses = times.map((time, i) => time - (times[i - 1] ?? began));
  const near = [30, 60, 120, 240, 480, 600, 600, 600].map((s) => s * 1_000);
  assert.equal(pauses.length, near.length);
  for (const [i, pause] of pauses.entries())
    assert.ok(Math.abs(pause - near[i] - (i && PATIENCE_MS)) <= 1_000, `${pause} for ${near[i]}`);
});

test("polls go on until the stream has proved itself; then it takes over, without loss", async (world) => {
  const tab = await polling(world, { share: false, wait: 10 });
  const publish = counter(world);
  await world.pass(30_000, 10_000);
  await world.until(() => world.hub.streams.size === 1, "a stream is tried");
  publish();
  await world.until(() => world.hub.polls.size === 1);
  publish();
  await world.until(() => world.hub.polls.size === 1);
  assert.deepEqual(tab.data, numbers(2));
  assert.equal(tab.source.transport, "poll");

  // This one does not flow, the next one does: what the polls have delivered comes again on it.
  world.network.buffers = false;
  await world.pass(PATIENCE_MS);
  assert.equal(tab.source.transport, "poll");
  publish();
  await world.settle();
  const held = [];
  world.network.filter = (text) => (held.push(text), "");
  await world.pass(60_000, 10_000);
  await world.until(() => world.hub.streams.size === 1, "a stream is tried again");
  publish();
  await world.settle();
  publish();
  await world.settle();
  assert.deepEqual(tab.data, numbers(5));
  world.network.filter = (text) => text;
  world.stream.write(held.join(""));
  await world.settle();
  assert.deepEqual([tab.source.transport, tab.source.reason], ["stream", ""]);
  assert.equal(world.hub.polls.size, 0, "the polls have ended");
  publish();
  await world.settle();
  assert.deepEqual(tab.data, numbers(6));
  assert.deepEqual(tab.log, ["poll: buffered", "error", "open", "stream"]);
});

test("that a stream begins does not make the next fallback short: heartbeats may be swallowed", async (world) => {
  const times = [];
  world.hub.refuse = (request) => isStream(request) && void times.push(Date.now());
  await world.opened(["chat"], { share: false, heartbeat: 1_000, wait: 1 });
  await world.pass(150_000, 500);
  const pauses = times.slice(1).map((time, i) => Math.round((time - times[i]) / 10_000));
  assert.deepEqual(pauses, [3, 6]);
});

test("a heartbeat makes the next fallback short again", async (world) => {
  const tab = await polling(world, { share: false, wait: 1 });
  await world.pass(100_000, 1_000);
  world.network.buffers = false;
  await world.pass(125_000, 1_000);
  assert.equal(tab.source.transport, "stream");
  for (let i = 0; i < 2; i += 1) {
    world.stream.write(HEARTBEAT);
    await world.settle();
    await world.pass(15_000);
  }
  await world.pass(SILENCE_MS);
  assert.equal(tab.source.transport, "poll");
  await world.pass(32_000, 1_000);
  assert.equal(tab.source.transport, "stream");
});

test("a probe that is refused for good closes the source", async (world) => {
  const tab = await polling(world);
  world.hub.refuse = (request) => isStream(request) && refusal(403, "no longer");
  await world.pass(2 * WAIT_MS, WAIT_MS);
  await world.until(() => tab.log.includes("error 403"));
});

test("a probe that is refused for now leaves the polls alone", async (world) => {
  const tab = await polling(world);
  const publish = counter(world);
  world.hub.refuse = (request) => isStream(request) && refusal(503, "full", { "Retry-After": "1" });
  await world.pass(4 * WAIT_MS, WAIT_MS);
  publish();
  await world.settle();
  assert.deepEqual(tab.data, ["1"]);
  assert.deepEqual(tab.log, ["poll: buffered", "error", "open"]);
  assert.equal(tab.source.reason, "buffered");
});

test("polls that fail are told, and go on when the server is back", async (world) => {
  const tab = await polling(world, { share: false, wait: 5, retrial: 600_000 });
  const publish = counter(world);
  world.network.down = true;
  await world.pass(5_000);
  publish();
  await world.pass(60_000, 1_000);
  assert.equal(tab.isOpen, false);
  world.network.down = false;
  await world.pass(30_000, 1_000);
  assert.equal(tab.isOpen, true);
  publish();
  await world.settle();
  assert.deepEqual(tab.data, numbers(2));
  assert.equal(tab.log.at(-1), "open");
});
