// The connection to the hub: an EventSource with a visible state, which resumes where it stopped.
//
//   closed ──open()──> connecting ──> live <──> reconnecting
//      ^───────────────close()──────────────────────┘

/** Ceiling of the first pause. A pause is at least half its ceiling, so the shortest is 1 s. */
const FIRST_CEILING_MS = 2_000;
/** A server that has been away for long is asked no less often than this. */
const LAST_CEILING_MS = 30_000;

/** Returns the pause before attempt number `attempt` (from 0); `random()` spreads clients that failed together. */
export function pauseMs(attempt, random) {
  const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** attempt);
  return (ceiling / 2) * (1 + random());
}

export class Stream {
  #source = null;
  #user = "";
  #lastEventId = "earliest";
  #attempt = 0;
  #timer = 0;
  #on;
  #random;

  /** `on.state(name)`, `on.message(envelope)` and `on.gap()` are called as things happen. */
  constructor(on, random = Math.random) {
    this.#on = on;
    this.#random = random;
  }

  /** Connects as `user`: what has not been seen yet arrives first, then everything new. */
  open(user) {
    this.#user = user;
    this.#attempt = 0;
    this.#on.state("connecting");
    this.#dial();
  }

  /** Cuts a pause short. Does nothing while connected, or while the browser itself is trying. */
  retryNow() {
    if (this.#timer) this.#dial();
  }

  close() {
    this.#hangUp();
    this.#on.state("closed");
  }

  #dial() {
    this.#hangUp();
    const source = new EventSource(this.#url());
    source.addEventListener("open", () => this.#opened());
    source.addEventListener("message", (event) => this.#received(event));
    source.addEventListener("gap", (event) => this.#lost(event));
    source.addEventListener("error", () => this.#failed());
    this.#source = source;
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    this.#source = null;
  }

  #url() {
    const query = { user: this.#user, format: "json", last_event_id: this.#lastEventId };
    return `/sse?${new URLSearchParams(query)}`;
  }

  #opened() {
    this.#attempt = 0;
    this.#on.state("live");
  }

  // The position is kept here too, because the browser forgets its own with the EventSource.
  #lost(event) {
    // The gap's id is where the stream goes on: a reconnection must not be told of it again.
    this.#lastEventId = event.lastEventId || this.#lastEventId;
    this.#on.gap();
  }

  #received(event) {
    this.#lastEventId = event.lastEventId || this.#lastEventId;
    this.#on.message(JSON.parse(event.data));
  }

  // A lost connection the browser reopens by itself, with a Last-Event-ID header. After an answer
  // other than 200 it gives up (WHATWG HTML 9.2.3, "fail the connection"), and the page takes over.
  #failed() {
    if (!this.#source) return;
    this.#on.state("reconnecting");
    if (this.#source.readyState !== EventSource.CLOSED) return;
    this.#timer = setTimeout(() => this.#dial(), pauseMs(this.#attempt, this.#random));
    this.#attempt += 1;
  }
}
