// The connection changes hands: the leader closes, crashes or freezes, and messages between tabs get lost.

import assert from "node:assert/strict";

import { assertComplete, FROZEN_MS, group, PATIENCE_MS, pollsOf, publish, SHARED } from "./support/group.js";
import { refusal } from "./support/hub.js";
import { test } from "./support/world.js";

test("when the leader closes, another leads; nobody loses anything or hears of it", async (world) => {
  const tabs = await group(world, ["chat"], ["chat"], ["chat"]);
  publish(world, ["chat"], 5);
  await world.settle();
  const [leader, ...rest] = tabs;
  const polls = rest.map((tab) => pollsOf(world, tab));
  leader.source.close();
  publish(world, ["chat"], 5, 5);
  await world.settle(40);
  publish(world, ["chat"], 5, 10);
  await world.settle(40);
  assertComplete(world, rest);
  assert.deepEqual(leader.data.length, 5);
  assert.equal(world.hub.streams.size, 1);
  assert.equal(world.stream.tab, rest[0].number);
  assert.deepEqual(
    rest.map((tab) => tab.log),
    [
      ["shared", "open", "stream"],
      ["shared", "open"],
    ],
  );
  assert.deepEqual(
    rest.map((tab) => pollsOf(world, tab)),
    polls,
    "who is in step needs no poll",
  );
});

test("who is in step needs no poll either when the position has moved without an event", async (world) => {
  const [leader, second, third] = await group(world, ["a"], ["a"], ["a"]);
  const passing = await world.opened(["b"], SHARED);
  publish(world, ["x"], 5);
  passing.source.close();
  await world.settle(40);
  const polls = pollsOf(world, third);
  leader.source.close();
  await world.settle(40);
  publish(world, ["a"], 5);
  await world.settle(40);
  assertComplete(world, [second, third]);
  assert.equal(pollsOf(world, third), polls);
});

/** Keeps back the answers to a tab's polls, as they were when they were asked for: functions that let them go. */
function slowPolls(world, tab) {
  const answers = [];
  world.hub.refuse = (request) => {
    if (request.tab !== tab.number || request.query.get("wait") !== "0") return;
    const answer = world.hub.poll(request);
    return { later: (done) => (answers.push(() => done(answer)), () => {}) };
  };
  return answers;
}

test("what is published while a catch-up is under way comes after it", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  const answers = slowPolls(world, follower);
  follower.putAside();
  publish(world, ["chat"], 2);
  await world.settle();
  follower.thaw();
  for (let i = 2; i < 20; i += 3) {
    publish(world, ["chat"], 3, i);
    await world.settle();
    assert.equal(answers.length, i < 5 ? 1 : 0, "one page: the rest was said meanwhile");
    answers.shift()?.();
    await world.settle();
  }
  assertComplete(world, [leader, follower]);
});

test("a catch-up that takes too long starts again, so that what waits for it has a bound", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  const answers = slowPolls(world, follower);
  follower.putAside();
  publish(world, ["chat"], 2);
  await world.settle();
  follower.thaw();
  publish(world, ["chat"], 1_026, 2);
  await world.until(() => answers.length === 1);
  publish(world, ["chat"], 2, 1_028);
  await world.until(() => answers.length === 2, "another poll");
  world.hub.refuse = null;
  for (const answer of answers) answer();
  await world.settle(400);
  assertComplete(world, [leader, follower]);
});

test("a catch-up that is overtaken by another says nothing", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  const answers = slowPolls(world, follower);
  for (let round = 0; round < 3; round += 1) {
    follower.putAside();
    publish(world, ["chat"], 1, 10 * round);
    await world.settle();
    follower.thaw();
    publish(world, ["chat"], 2, 10 * round + 1);
    await world.settle();
  }
  assert.deepEqual(follower.data, []);
  world.hub.refuse = null;
  for (const answer of answers) answer();
  await world.settle(60);
  publish(world, ["chat"], 2, 90);
  await world.settle();
  assertComplete(world, [leader, follower]);
});

test("when the leader crashes, another leads, from where everyone is", async (world) => {
  const tabs = await group(world, ["a", "b"], ["a"], ["b"], ["c"]);
  for (let round = 0; round < 3; round += 1) {
    publish(world, ["a", "b", "c"], 7, 100 * round);
    tabs.find((tab) => !tab.crashed).crash();
    publish(world, ["a", "b", "c"], 7, 100 * round + 50);
    await world.until(() => world.hub.streams.size === 1);
    await world.settle(40);
    assertComplete(
      world,
      tabs.filter((tab) => !tab.crashed),
    );
  }
  publish(world, ["a", "b", "c"], 7, 900);
  await world.settle(40);
  assertComplete(world, tabs.slice(3));
  assert.deepEqual(world.stream.topics, ["c"]);
});

test("a follower that has heard less than the new leader gets the rest by itself", async (world) => {
  const [leader, second, third] = await group(world, ["chat"], ["chat"], ["chat"]);
  third.freeze();
  publish(world, ["chat"], 5);
  await world.settle();
  // What waits for the frozen tab is lost, as it is for a page that is put aside.
  third.forget();
  leader.crash();
  publish(world, ["chat"], 5, 5);
  await world.settle(40);
  third.thaw();
  publish(world, ["chat"], 5, 10);
  await world.settle(60);
  assertComplete(world, [second, third]);
});

test("a new leader that has heard less than the others asks for it again, and they drop it", async (world) => {
  const [leader, second, third] = await group(world, ["chat"], ["chat"], ["chat"]);
  second.freeze();
  publish(world, ["chat"], 5);
  await world.settle();
  assert.equal(third.data.length, 5);
  second.forget();
  leader.crash();
  await world.settle();
  second.thaw();
  await world.settle(40);
  publish(world, ["chat"], 5, 5);
  await world.settle(40);
  assertComplete(world, [second, third]);
  assert.equal(world.stream.tab, second.number);
});

test("a message between tabs that gets lost is noticed at the next one", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  follower.freeze();
  publish(world, ["chat"], 3);
  await world.settle();
  follower.forget();
  follower.thaw();
  publish(world, ["chat"], 1, 3);
  await world.settle(40);
  assertComplete(world, [leader, follower]);
});

test("a frozen leader does not hold up the others for long; when it thaws, they share again", async (world) => {
  const tabs = await group(world, ["chat"], ["chat"], ["chat"]);
  const [leader, ...rest] = tabs;
  leader.freeze();
  publish(world, ["chat"], 5);
  await world.pass(FROZEN_MS, 500);
  await world.settle(40);
  assertComplete(world, rest);
  assert.deepEqual(
    rest.map((tab) => tab.source.transport),
    ["stream", "stream"],
  );
  publish(world, ["chat"], 5, 5);
  await world.settle(40);
  leader.thaw();
  await world.pass(10_000, 500);
  publish(world, ["chat"], 5, 10);
  await world.settle(60);
  assertComplete(world, tabs);
  assert.deepEqual(
    rest.map((tab) => tab.source.transport),
    ["shared", "shared"],
  );
  assert.equal(world.hub.streams.size, 1);
});

test("what a leader has slept through is not news to a tab that came later", async (world) => {
  const [leader] = await group(world, ["chat"]);
  leader.freeze();
  publish(world, ["chat"], 3);
  const late = world.open(["chat"]);
  await world.pass(FROZEN_MS, 500);
  await world.until(() => late.isOpen);
  leader.thaw();
  await world.pass(10_000, 500);
  publish(world, ["chat"], 3, 3);
  await world.settle(60);
  assertComplete(world, [leader]);
  assert.equal(late.source.transport, "shared");
  assert.deepEqual(late.data, ["3", "4", "5"]);
});

test("a frozen leader that crashes at last leaves one leader", async (world) => {
  const [leader, ...rest] = await group(world, ["chat"], ["chat"], ["chat"]);
  leader.freeze();
  await world.pass(FROZEN_MS, 500);
  assert.equal(world.hub.streams.size, 3);
  leader.crash();
  publish(world, ["chat"], 5);
  await world.pass(10_000, 500);
  await world.settle(40);
  assert.equal(world.hub.streams.size, 1);
  assertComplete(world, rest);
});

test("a leader that answers is not taken for frozen, however little happens", async (world) => {
  const tabs = await group(world, ["chat"], ["chat"], ["chat"]);
  world.network.filter = (text) => text;
  for (let i = 0; i < 60; i += 1) {
    await world.pass(10_000, 1_000);
    world.stream.write(":\n");
    await world.settle();
  }
  assert.deepEqual(
    tabs.map((tab) => tab.source.transport),
    ["stream", "shared", "shared"],
  );
});

test("after a restart of a hub whose clock was set back, events arrive at all tabs", async (world) => {
  const tabs = await group(world, ["chat"], ["chat"]);
  await world.pass(PATIENCE_MS);
  world.hub.restart(3_600_000);
  await world.settle(40);
  publish(world, ["chat"], 3);
  await world.settle(40);
  assertComplete(world, tabs);
  for (const tab of tabs) assert.match(tab.log.at(-1), /^gap /);
});

test("a leader that waits for as long as the server has asked for leaves at once when it is closed", async (world) => {
  const [leader, follower] = await group(world, ["chat"], ["chat"]);
  await world.pass(PATIENCE_MS);
  world.hub.refuse = () => refusal(503, "full", { "Retry-After": "3600" });
  world.stream.fail();
  await world.settle();
  world.hub.refuse = null;
  leader.source.close();
  await world.settle(40);
  assert.equal(world.stream.tab, follower.number);
});
