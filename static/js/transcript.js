// What has been said, as far as the page shows it: in order, each message once, and bounded.

/** What a reader may want to scroll back through; more would slow down a page left open for days. */
export const KEPT_ENTRIES = 500;

export class Transcript {
  #entries = [];
  #ids = new Set();
  #nextKey = 1;

  /** The oldest first. Keys count up, so that a view can tell which entries it has. */
  get entries() {
    return this.#entries;
  }

  /** Adds a message, unless it is already here. */
  addMessage({ id, user, data, time }) {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.#push({ kind: "message", id, user: user ?? "someone", text: data ?? "", time });
  }

  /** Notes that messages are missing at this place. A gap after a gap says nothing new. */
  addGap() {
    if (this.#entries.at(-1)?.kind !== "gap") this.#push({ kind: "gap" });
  }

  #push(entry) {
    this.#entries.push({ ...entry, key: this.#nextKey });
    this.#nextKey += 1;
    if (this.#entries.length > KEPT_ENTRIES) this.#ids.delete(this.#entries.shift().id);
  }
}
