// Who is in a room: asked for when somebody comes or goes, and now and then.
//
// The server's list is shown as it is. Counting joins and leaves would be cheaper, but a tab that shares another's
// stream is not told who was there before, and nobody is told that somebody has opened a second tab.

/** Many may come at once; that is one question. */
const PAUSE_MS = 500;
/** What no event tells, the page knows after this long. */
const REFRESH_MS = 30_000;

const NOBODY = { users: [], anonymous: 0, unlisted: 0 };

export class People {
  #show;
  #room = null;
  #timer = 0;
  #hurries = false;
  #call = new AbortController();

  /** `show(roll)` is called with `{ users: [{ user, connections }], anonymous, unlisted }`, or with null. */
  constructor(show) {
    this.#show = show;
  }

  /** Shows who is in `room` (in its encoded form) from now on, or with null nobody. */
  watch(room) {
    if (room === this.#room) return;
    this.#room = room;
    this.#call.abort();
    clearTimeout(this.#timer);
    this.#hurries = false;
    this.#show(null);
    if (room !== null) this.#ask();
  }

  /** Somebody may have come or gone. */
  changed() {
    if (this.#room === null || this.#hurries) return;
    this.#hurries = true;
    this.#askIn(PAUSE_MS);
  }

  #askIn(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), ms);
  }

  async #ask() {
    const room = this.#room;
    this.#call.abort();
    this.#call = new AbortController();
    const { signal } = this.#call;
    this.#hurries = false;
    this.#askIn(REFRESH_MS);
    if (document.hidden) return;
    try {
      const response = await fetch(`/presence/${room}`, { cache: "no-store", signal });
      if (!response.ok) return;
      const roll = { ...NOBODY, ...(await response.json()) };
      if (!signal.aborted) this.#show(roll);
    } catch {
      // It cannot be reached, which the connection's state says better; it is asked again.
    }
  }
}
