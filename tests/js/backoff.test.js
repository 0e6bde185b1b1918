// How long a source waits before it tries again: growing, spread, bounded, and as the server says.

import assert from "node:assert/strict";

import { refusal } from "./support/hub.js";
import { test } from "./support/world.js";

const ALONE = { share: false };
const STEADY_MS = 3_000;

/** The pauses between requests while everything is refused. */
async function pauses(world, count) {
  const times = [];
  world.hub.refuse = () => (times.push(Date.now()), refusal(500, "broken"));
  await world.settle();
  for (let i = 0; times.length <= count && i < 10_000; i += 1) await world.pass(100);
  return times.slice(1).map((time, i) => time - times[i]);
}

test("pauses double from 2 s to 30 s when the server has said nothing", async (world) => {
  world.random = 1;
  world.open(["chat"], ALONE);
  assert.deepEqual(await pauses(world, 7), [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("pauses begin with the server's retry", async (world) => {
  world.random = 1;
  await world.opened(["chat"]);
  world.stream.write("retry: 300\nretry: 5x\n");
  await world.settle();
  world.stream.fail();
  assert.deepEqual(await pauses(world, 3), [600, 1_200, 2_400]);
});

test("jitter is full: a pause is anything from none to all of it", async (world) => {
  world.random = 0.25;
  world.open(["chat"], ALONE);
  assert.deepEqual(await pauses(world, 5), [500, 1_000, 2_000, 4_000, 7_500]);
});

test("a pause that chance makes nothing is none", async (world) => {
  world.random = 0;
  world.network.down = true;
  const tab = world.open(["chat"], ALONE);
  await world.until(() => tab.log.length === 1);
  await world.pass(1);
  assert.ok(tab.log.length >= 2);
  world.network.down = false;
  await world.pass(1);
  await world.until(() => tab.isOpen);
});

test("a steady stream makes pauses short again, a short one does not", async (world) => {
  world.random = 1;
  const tab = await world.opened(["chat"]);
  const cutAfter = async (ms) => {
    await world.pass(ms);
    const tried = world.hub.requests.length;
    const cut = Date.now();
    world.stream.fail();
    await world.settle();
    while (world.hub.requests.length === tried) await world.pass(500);
    await world.settle();
    return Date.now() - cut;
  };
  assert.equal(await cutAfter(0), 1_000);
  assert.equal(await cutAfter(0), 2_000);
  assert.equal(await cutAfter(STEADY_MS), 0);
  assert.equal(await cutAfter(0), 1_000);
  assert.equal(tab.source.transport, "stream");
});

test("a poll that is answered makes pauses short again", async (world) => {
  world.random = 1;
  world.network.buffers = true;
  const tab = world.open(["chat"], { share: false, retrial: 3_600_000 });
  await world.until(() => world.hub.streams.size === 1);
  await world.pass(STEADY_MS);
  for (const pause of [2_000, 2_000]) {
    await world.until(() => tab.isOpen);
    world.network.down = true;
    world.hub.publish("chat", "ends a poll");
    await world.until(() => !tab.isOpen);
    world.network.down = false;
    await world.pass(pause - 1);
    assert.equal(tab.isOpen, false);
    await world.pass(1);
  }
  await world.until(() => tab.isOpen);
});

test("a retry of 0 asks no more often than ten times a second at first", async (world) => {
  world.random = 1;
  await world.opened(["chat"]);
  world.stream.write("retry: 0\n");
  await world.settle();
  world.stream.fail();
  assert.deepEqual(await pauses(world, 2), [200, 400]);
});

test("a retry longer than the longest pause is kept", async (world) => {
  world.random = 1;
  await world.opened(["chat"]);
  world.stream.write("retry: 60000\n");
  await world.settle();
  world.stream.fail();
  assert.deepEqual(await pauses(world, 2), [60_000, 60_000]);
});

test("Retry-After is the least pause, spread by the usual one", async (world) => {
  world.random = 0.5;
  const times = [];
  world.hub.refuse = () => (
    times.push(Date.now()),
    refusal(times.length === 1 ? 503 : 429, "full", { "Retry-After": "60" })
  );
  world.open(["chat"], ALONE);
  await world.settle();
  await world.pass(130_000, 500);
  assert.deepEqual(
    times.slice(1).map((time, i) => time - times[i]),
    [61_000, 62_000],
  );
});

test("but it is 10 minutes at most: a timer of many days would end at once", async (world) => {
  const times = [];
  world.hub.refuse = () => (times.push(Date.now()), refusal(503, "full", { "Retry-After": "99999999" }));
  world.open(["chat"], ALONE);
  await world.settle();
  await world.pass(599_000, 1_000);
  assert.equal(times.length, 1);
  await world.pass(3_000, 1_000);
  assert.equal(times.length, 2);
});

test("a Retry-After that is no number of seconds counts as none", async (world) => {
  world.random = 1;
  const times = [];
  world.hub.refuse = () => (
    times.push(Date.now()),
    refusal(503, "full", { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" })
  );
  world.open(["chat"], ALONE);
  await world.settle();
  await world.pass(2_500, 500);
  assert.deepEqual(
    times.slice(1).map((time, i) => time - times[i]),
    [2_000],
  );
});
