// One tab of the browser in small.

import { AsyncLocalStorage } from "node:async_hooks";

import { HubSource } from "../../../static/js/ssehub.js";

export const ORIGIN = "http://hub.test";

const current = new AsyncLocalStorage();

/** The tab that the running code belongs to. */
export const tabOf = () => current.getStore();

/** One tab, and what its source has told it. */
export class Tab {
  events = [];
  /** open, error and transport, as they came. */
  log = [];
  crashed = false;
  frozen = false;
  /** Frozen, and what other tabs say is lost on it. */
  aside = false;
  #thaw = [];

  constructor(world, number) {
    this.world = world;
    this.number = number;
  }

  listen(topics, options) {
    this.source = new HubSource(`${ORIGIN}/events`, { topics, ...options });
    this.source.onmessage = (event) => this.events.push(event);
    this.source.addEventListener("gap", (event) => this.log.push(`gap ${event.data}`));
    this.source.onopen = () => this.log.push("open");
    this.source.onerror = (event) => this.log.push(event.status ? `error ${event.status}` : "error");
    this.source.addEventListener("transport", (event) =>
      this.log.push(event.transport + (event.reason ? `: ${event.reason}` : "")),
    );
  }

  get data() {
    return this.events.map((event) => event.data);
  }

  get isOpen() {
    return this.source.readyState === HubSource.OPEN;
  }

  /** Ends as a process that is killed: nothing in it runs any more; the browser cleans up. */
  crash() {
    this.crashed = true;
    this.world.channels.drop(this);
    this.world.network.drop(this);
    this.world.locks.drop(this);
  }

  /** Stops taking anything in, as a page in the background may be stopped. */
  freeze() {
    this.frozen = true;
  }

  putAside() {
    this.aside = this.frozen = true;
  }

  thaw() {
    this.aside = this.frozen = false;
    for (const arrive of this.#thaw.splice(0)) arrive();
  }

  /** Loses what has arrived while it was frozen. */
  forget() {
    this.#thaw = [];
  }

  /** Runs something in the tab, now or when it is no longer frozen; never to one that crashed. */
  reach(arrive) {
    const alive = () => this.crashed || current.run(this, arrive);
    if (this.frozen) this.#thaw.push(alive);
    else alive();
  }
}
