// A browser in small: tabs with fetch, Web Locks and channels, over a network that misbehaves on demand.
// The clock is moved by hand; nothing sleeps.

import assert from "node:assert/strict";
import { mock, test as nodeTest } from "node:test";

import { Channels } from "./channels.js";
import { Hub } from "./hub.js";
import { Locks } from "./locks.js";
import { Network } from "./network.js";
import { Tab, tabOf } from "./tab.js";

/** So many turns of the event loop settle everything that does not wait for the clock. */
const SETTLING_TURNS = 12;
/** A condition that does not hold after so many turns will not hold. */
const PATIENT_TURNS = 2_000;

const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
const REAL = { setTimeout, clearTimeout, setInterval, clearInterval };
const { random } = Math;

export class World {
  hub = new Hub();
  network = new Network(this.hub);
  locks = new Locks();
  channels = new Channels();
  tabs = [];
  /** What `Math.random` returns. */
  random = 0.5;
  #listeners = [];
  #timers = new Map();

  constructor() {
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000_000 });
    // Not `mock.method`, which keeps every call that was ever made.
    Math.random = () => this.random;
    this.#mockTimers("setTimeout", "clearTimeout");
    this.#mockTimers("setInterval", "clearInterval");
    define("fetch", (url, init) => this.network.fetch(tabOf(), url, init));
    define("navigator", { locks: { request: (...request) => this.locks.request(tabOf(), ...request) } });
    define("BroadcastChannel", this.channels.classFor(tabOf));
    define("addEventListener", (type, listener, { signal }) => {
      const entry = { type, listener, tab: tabOf() };
      this.#listeners.push(entry);
      signal.addEventListener("abort", () => this.#listeners.splice(this.#listeners.indexOf(entry), 1));
    });
  }

  /** Timers that are set. */
  get timers() {
    return this.#timers.size;
  }

  /** Timers belong to the tab that sets them. */
  #mockTimers(setName, clearName) {
    const { [setName]: set, [clearName]: clear } = globalThis;
    globalThis[setName] = (callback, ms) => {
      const tab = tabOf();
      const happen = () => {
        if (!this.#timers.has(timer)) return;
        if (setName === "setTimeout") this.#timers.delete(timer);
        callback();
      };
      const fire = () => (tab ? tab.reach(happen) : happen());
      const timer = set(fire, ms);
      this.#timers.set(timer, tab);
      return timer;
    };
    globalThis[clearName] = (timer) => {
      if (this.#timers.delete(timer)) clear(timer);
    };
  }

  /** A tab that listens. */
  open(topics, options = {}) {
    const tab = new Tab(this, this.tabs.length);
    this.tabs.push(tab);
    tab.reach(() => tab.listen(topics, options));
    return tab;
  }

  /** The one stream that is open. */
  get stream() {
    assert.equal(this.hub.streams.size, 1, "streams that are open");
    return [...this.hub.streams][0];
  }

  /** A tab that is open, by a stream of its own unless the options say otherwise. */
  async opened(topics, options = { share: false }) {
    const tab = this.open(topics, options);
    await this.until(() => tab.isOpen, "the tab is open");
    return tab;
  }

  /** As the browser does on the window: "pagehide". */
  happens(type) {
    for (const entry of [...this.#listeners]) if (entry.type === type) entry.listener();
  }

  /** Moves the clock, in steps, so that what a timer starts may set the next one. */
  async pass(ms, step = ms) {
    for (let passed = 0; passed < ms; passed += step) {
      mock.timers.tick(Math.min(step, ms - passed));
      await this.settle();
    }
  }

  /** Lets everything happen that does not wait for the clock. */
  async settle(turns = SETTLING_TURNS) {
    for (let i = 0; i < turns; i += 1) await turn();
  }

  async until(condition, what) {
    for (let i = 0; i < PATIENT_TURNS; i += 1) {
      if (condition()) return;
      await turn();
    }
    assert.fail(`did not happen: ${what ?? condition}`);
  }

  /** Closes all tabs; none may leave anything behind. */
  async end() {
    for (const tab of this.tabs) tab.thaw();
    for (const tab of this.tabs) if (!tab.crashed) tab.source.close();
    await this.settle();
    const timers = [...this.#timers.values()].filter((tab) => tab && !tab.crashed).length;
    const asked = this.hub.requests.length;
    await this.pass(600_000);
    const left = {
      timers,
      streams: this.hub.streams.size,
      polls: this.hub.polls.size,
      calls: this.network.open,
      locks: this.locks.held,
      channels: this.channels.open,
      listeners: this.#listeners.filter((entry) => !entry.tab.crashed).length,
      requests: this.hub.requests.length - asked,
    };
    assert.deepEqual(left, { timers: 0, streams: 0, polls: 0, calls: 0, locks: 0, channels: 0, listeners: 0, requests: 0 });
  }
}

/** A test in a world of its own. */
export function test(name, body) {
  nodeTest(name, async () => {
    const world = new World();
    try {
      await body(world);
      await world.end();
    } finally {
      mock.timers.reset();
      Object.assign(globalThis, REAL);
      Math.random = random;
    }
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function define(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
