// Tabs come and go, crash and freeze, streams break, proxies misbehave, all at the whim of a number; and yet every
// tab gets every event on its topics once, and in order.
//
// SEED=n repeats one run, SEEDS=n makes so many.

import assert from "node:assert/strict";

import { HEARTBEAT } from "./support/hub.js";
import { test } from "./support/world.js";

const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 25) }, (_, i) => i + 1);
const STEPS = 120;
const HEARTBEAT_MS = 15_000;
const TOPICS = ["a", "b", "c"];
const MOST_TABS = 6;
/** No pause, and no time between two trials of a stream, is longer than this. */
const HEALING_MS = 1_300_000;
const HEALING_STEP_MS = 10_000;

/** Numbers from 0 to below 1, the same ones for the same seed. */
function chance(seed) {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Simulation {
  #published = 0;
  #beat = 0;

  constructor(world, seed) {
    this.world = world;
    this.next = chance(seed);
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)];
  }

  get alive() {
    return this.world.tabs.filter((tab) => !tab.crashed && tab.source.readyState !== 2);
  }

  /** What may happen, and how likely it is. */
  actions = [
    [30, () => this.publish()],
    [20, () => this.pass(this.next() * 400, 100)],
    [12, () => this.pass(this.next() * 20_000, 1_000)],
    [10, () => this.world.settle(Math.floor(this.next() * 4))],
    [8, () => this.alive.length < MOST_TABS && this.open()],
    [6, () => this.stream()?.end()],
    [6, () => this.stream()?.fail()],
    [3, () => this.pick(this.alive)?.source.close()],
    [3, () => this.pick(this.alive)?.crash()],
    [3, () => this.pick(this.alive)?.freeze()],
    [2, () => this.pick(this.alive)?.putAside()],
    [8, () => this.world.tabs.forEach((tab) => tab.thaw())],
    [2, () => (this.world.network.buffers = true)],
    [2, () => this.world.network.hold()],
    [2, () => (this.world.network.down = true)],
    [9, () => this.heal()],
    [1, () => (this.world.network.pieceBytes = this.pick([1, 5, 100]))],
    [1, () => this.world.happens("pagehide")],
  ];

  async run() {
    this.world.random = 0.5;
    this.open();
    const total = this.actions.reduce((sum, [weight]) => sum + weight, 0);
    for (let step = 0; step < STEPS; step += 1) {
      let at = this.next() * total;
      await this.actions.find(([weight]) => (at -= weight) < 0)[1]();
    }
    this.heal();
    this.world.tabs.forEach((tab) => tab.thaw());
    // What has happened last is noticed, by a ping at the latest.
    await this.pass(HEALING_STEP_MS, HEALING_STEP_MS / 2);
    for (let passed = 0; passed < HEALING_MS && !this.isHealed; passed += HEALING_STEP_MS) {
      await this.pass(HEALING_STEP_MS, HEALING_STEP_MS / 2);
    }
    for (let i = 0; i < 10; i += 1) this.publish();
    await this.world.settle(60);
  }

  /** All tabs are open, by one stream. */
  get isHealed() {
    const transports = this.alive.map((tab) => tab.isOpen && tab.source.transport).sort();
    return transports.every((it, i) => it === (i < transports.length - 1 ? "shared" : "stream"));
  }

  open() {
    const topics = TOPICS.filter(() => this.next() < 0.5);
    const lastEventId = this.pick(["", "earliest"]);
    const tab = this.world.open(topics.length ? topics : ["a"], { lastEventId });
    tab.all = lastEventId === "earliest";
    tab.earliest = this.published(tab);
    // Where the publisher's id hides the position, the event just before the beginning may be taken for new.
    if (
      this.world.hub
        .on(...TOPICS)
        .at(-1)
        ?.id.startsWith("own")
    )
      tab.earliest -= 1;
    tab.source.addEventListener("open", () => (tab.live ??= this.published(tab)));
  }

  publish() {
    for (let i = this.next() * 8; i > 0; i -= 1) {
      this.#published += 1;
      const id = this.next() < 0.3 ? `own ${this.#published}` : undefined;
      this.world.hub.publish(this.pick(TOPICS), `${this.#published}`, { id });
    }
  }

  stream() {
    return this.pick([...this.world.hub.streams]);
  }

  heal() {
    Object.assign(this.world.network, { buffers: false, down: false });
    this.world.network.release();
  }

  async pass(ms, step) {
    for (let passed = 0; passed < ms; passed += step) {
      await this.world.pass(step);
      this.#beat += step;
      if (this.#beat < HEARTBEAT_MS) continue;
      this.#beat = 0;
      for (const stream of this.world.hub.streams) stream.write(HEARTBEAT);
    }
  }

  published(tab) {
    return this.world.hub.on(...tab.source.topics).length;
  }

  check() {
    for (const tab of this.alive) {
      const all = this.world.hub.on(...tab.source.topics).map((event) => event.data);
      const from = all.length - tab.data.length;
      assert.deepEqual(tab.data, all.slice(Math.max(from, 0)), `tab ${tab.number} on ${tab.source.topics}`);
      if (tab.all) assert.equal(from, 0, `tab ${tab.number} has everything`);
      else
        assert.ok(
          from >= tab.earliest && from <= tab.live,
          `tab ${tab.number} began at ${from}, not in ${tab.earliest} to ${tab.live}`,
        );
    }
    assert.ok(this.isHealed, "one connection in the end");
    if (this.alive.length) assert.equal(this.world.hub.streams.size, 1);
  }
}

for (const seed of SEEDS) {
  test(`seed ${seed}`, async (world) => {
    const simulation = new Simulation(world, seed);
    await simulation.run();
    simulation.check();
  });
}
