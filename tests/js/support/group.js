// Tabs that share a connection.

import assert from "node:assert/strict";

export const SHARED = {};
/** A stream that lives this long is steady; a first comment that takes this long does not come. */
export const PATIENCE_MS = 3_000;
/** By then followers have noticed that a leader is frozen. */
export const FROZEN_MS = 20_000;

/** Opens tabs one after the other; the first one leads. */
export async function group(world, ...tabs) {
  const opened = [];
  for (const topics of tabs) opened.push(await world.opened(topics, SHARED));
  await world.settle();
  return opened;
}

/** Opens a tab that leads, and polls because a proxy keeps its stream back. */
export async function pollingLeader(world, topics, options) {
  world.network.buffers = true;
  const leader = world.open(topics, options);
  await world.until(() => world.hub.streams.size === 1);
  await world.pass(PATIENCE_MS);
  await world.until(() => leader.isOpen);
  return leader;
}

/** Publishes a number of events on the topics in turn. */
export function publish(world, topics, count, from = 0) {
  for (let i = from; i < from + count; i += 1) world.hub.publish(topics[i % topics.length], `${i}`);
}

/** Every tab has all events on its topics: once, and in order. */
export function assertComplete(world, tabs) {
  for (const tab of tabs) {
    const expected = world.hub.on(...tab.source.topics).map((event) => event.data);
    assert.deepEqual(tab.data, expected, `tab ${tab.number}`);
  }
}

/** How often a tab has polled. */
export function pollsOf(world, tab) {
  const own = world.hub.requests.filter((request) => request.tab === tab.number);
  return own.filter((request) => request.accept === "application/json").length;
}
