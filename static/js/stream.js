// The page's one connection to the hub: a HubSource for all rooms that were joined.
//
// All of them, and not the current one alone, so that unread counts are live, and switching between joined rooms
// asks the server nothing. A source has one position for all its topics, so a room that joins later has its past
// read by a source of its own; meanwhile the first one goes on. Then one for all takes over from where the first
// one was when that reading began. What comes twice by that, the transcripts know.
//
//   first room:   [chat, from earliest ────────────
//   room joined:  [chat ─────────────────────┐
//                       [orders/42, its past ┴ [chat and orders/42 ────

import { HubSource } from "./ssehub.js";

/** Who comes and goes: true for the moment, and no part of a room's past. */
const PRESENCE_TYPES = ["presence", "join", "leave"];

export class Stream {
  #on;
  #user = "";
  #rooms = [];
  /** The rooms whose past has been read, up to `#position` or beyond. */
  #read = new Set();
  #position = "earliest";
  #main = null;
  #past = null;

  /**
   * As things happen, these are called: `on.state({ connection, transport, reason })`, `on.refused(sentence)`,
   * `on.message(envelope, isNews)`, `on.gap(rooms)` and, when somebody comes or goes, `on.presence()`.
   */
  constructor(on) {
    this.#on = on;
  }

  /** Connects as `user`: what has not been seen yet arrives first, then everything new. */
  open(user) {
    this.#hangUp();
    this.#user = user;
    this.#on.state({ connection: "connecting" });
    this.#dial();
  }

  /** Reads these rooms from now on. A room that was left and comes back has its past read again. */
  setRooms(rooms) {
    const isSame = rooms.length === this.#rooms.length && rooms.every((room) => this.#rooms.includes(room));
    if (isSame) return;
    this.#rooms = rooms;
    this.#read = new Set(rooms.filter((room) => this.#read.has(room)));
    if (this.#main || this.#past) this.#dial();
  }

  close() {
    this.#hangUp();
    this.#on.state({ connection: "closed" });
  }

  #hangUp() {
    this.#keepPosition();
    this.#past?.close();
    this.#main?.close();
    this.#past = this.#main = null;
  }

  #keepPosition() {
    this.#position = this.#main?.lastEventId || this.#position;
  }

  #dial() {
    this.#keepPosition();
    this.#past?.close();
    this.#past = null;
    const unread = this.#rooms.filter((room) => !this.#read.has(room));
    if (unread.length === 0 || this.#position === "earliest") this.#readAll();
    else this.#readPast(unread);
  }

  #readPast(rooms) {
    const options = { lastEventId: "earliest", share: false };
    this.#past = this.#source(rooms, options, () => false, () => {
      this.#past.close();
      this.#past = null;
      for (const room of rooms) this.#read.add(room);
      this.#readAll();
    });
  }

  #readAll() {
    const rooms = this.#rooms;
    const options = { lastEventId: this.#position, presence: true };
    let isNews = this.#position !== "earliest";
    this.#main?.close();
    this.#main = this.#source(rooms, options, () => isNews, ({ transport, reason }) => {
      isNews = true;
      this.#read = new Set(rooms);
      this.#on.state({ connection: "live", transport, reason });
    });
  }

  // Once it is open, a source has delivered the past.
  #source(topics, options, isNews, opened) {
    const source = new HubSource("/sse", { user: this.#user, topics, ...options });
    source.onopen = () => opened(source);
    source.onerror = (event) => this.#failed(source, event, opened);
    source.onmessage = ({ lastEventId: id, topic, user, data, time }) =>
      this.#on.message({ id, topic, user, data, time }, isNews());
    source.addEventListener("gap", () => this.#on.gap(topics));
    source.addEventListener("transport", () => source.readyState === HubSource.OPEN && opened(source));
    for (const type of PRESENCE_TYPES) source.addEventListener(type, () => this.#on.presence());
    return source;
  }

  // The source tries again by itself, unless it was refused for good. 204: these rooms have ended (README).
  #failed(source, { status, errorMessage }, opened) {
    if (source.readyState !== HubSource.CLOSED) {
      if (source === this.#main || !this.#main) this.#on.state({ connection: "reconnecting" });
    } else if (status === 204 && source === this.#past) {
      opened(source);
    } else {
      this.close();
      this.#on.refused(status === 204 ? "this room has ended." : (errorMessage ?? `the server answered ${status}.`));
    }
  }
}
