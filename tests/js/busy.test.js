// Topics on which events are published faster than a request is answered.

import assert from "node:assert/strict";

import { assertComplete, pollingLeader } from "./support/group.js";
import { test } from "./support/world.js";

const EARLIEST = { lastEventId: "earliest" };
/** A page of the simulated hub has 50 events. */
const EVENTS_IN_A_ROUND_TRIP = [1, 9, 10, 49, 50, 60];

/** Publishes this many events on each topic, all of them different. */
function publish(world, topics, count) {
  const from = world.hub.on("*").length;
  for (let i = 0; i < count; i += 1) for (const topic of topics) world.hub.publish(topic, `${from + i}`);
}

/** Publishes with every poll of a tab. */
function keepBusy(world, topics, count) {
  world.hub.refuse = ({ accept }) => {
    if (accept === "application/json") publish(world, topics, count);
  };
}

/** A tab that began at some point has everything from there on. */
function assertCompleteFrom(world, tab, least) {
  const all = world.hub.on(...tab.source.topics).map((event) => event.data);
  assert.deepEqual(tab.data, all.slice(all.length - tab.data.length));
  assert.ok(tab.data.length >= least, `${tab.data.length} events`);
}

for (const count of EVENTS_IN_A_ROUND_TRIP) {
  const busy = `with ${count} events in a round trip`;

  test(`a stream is opened ${busy}`, async (world) => {
    keepBusy(world, ["a"], count);
    const tab = world.open(["a"], { share: false, ...EARLIEST });
    await world.until(() => tab.isOpen, "the tab is open");
    assert.ok(world.hub.requests.length < 5, `${world.hub.requests.length} requests`);
    publish(world, ["a"], count);
    await world.settle(40);
    assertComplete(world, [tab]);
    assert.equal(tab.source.transport, "stream");
  });

  test(`tabs share one stream ${busy}`, async (world) => {
    keepBusy(world, ["a", "b"], count);
    const leader = await world.opened(["a"], EARLIEST);
    const follower = await world.opened(["a"], EARLIEST);
    const other = await world.opened(["b"], {});
    publish(world, ["a", "b"], 10);
    await world.settle(100);
    assertComplete(world, [leader, follower]);
    assertCompleteFrom(world, other, 10);
    assert.equal(world.hub.streams.size, 1);
  });

  test(`a leader that polls reads the topics of a new tab ${busy}`, async (world) => {
    const leader = await pollingLeader(world, ["a"], EARLIEST);
    keepBusy(world, ["a", "b"], count);
    const other = await world.opened(["b"], {});
    world.hub.refuse = null;
    await world.settle(1_000);
    publish(world, ["a", "b"], 10);
    await world.settle(100);
    assertComplete(world, [leader]);
    assertCompleteFrom(world, other, 10);
  });
}
