// What every test starts with: a server of its own and a browser; and what none may leave behind.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";

import { launch, person } from "./browser.js";
import { Chat } from "./chat.js";
import { Server } from "./server.js";

/** Registers the hooks of a test file, and returns its stage; `options` are the server's. */
export function stage(options = []) {
  const it = new Stage(options);
  before(async () => (it.browser = await launch()));
  beforeEach(() => it.setUp());
  afterEach(() => it.tearDown());
  after(() => it.browser.close());
  return it;
}

class Stage {
  browser;
  server;
  #options;
  #chats;
  #contexts;
  #tolerated;

  constructor(options) {
    this.#options = options;
  }

  async setUp() {
    this.#chats = [];
    this.#contexts = [];
    this.#tolerated = null;
    this.server = await Server.start(null, this.#options);
  }

  /** Complaints of the browser that match are part of the test: it logs every failed request as an error. */
  tolerate(pattern) {
    this.#tolerated = pattern;
  }

  /** A browser profile of its own. */
  async person(options) {
    const context = await person(this.browser, options);
    this.#contexts.push(context);
    return context;
  }

  /** Opens the page, in the profile of somebody new or of somebody who is here already. */
  async open({ context, path, ...options } = {}) {
    const chat = await Chat.open(context ?? (await this.person(options)), this.server.origin, path);
    this.#chats.push(chat);
    return chat;
  }

  /** Opens the page and connects as `name`. */
  async join(name, options) {
    const chat = await this.open(options);
    await chat.connect(name);
    return chat;
  }

  async tearDown() {
    const complaints = this.#chats.flatMap((chat) => chat.complaints);
    await Promise.all(this.#contexts.map((context) => context.close()));
    await this.server.stop();
    assert.deepEqual(complaints.filter((line) => !this.#tolerated?.test(line)), []);
  }
}
