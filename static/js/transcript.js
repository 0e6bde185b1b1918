// What has been said, as far as the page shows it: in order, each message once, and bounded.

/** What a reader may want to scroll back through; more would slow down a page left open for days. */
export const KEPT_ENTRIES = 500;

export class Transcript {
  #entries = [];
  #ids = new Set();
  #newest = 0;
  #nextKey = 1;

  /** The oldest first. Keys count up, so that a view can tell which entries it has. */
  get entries() {
    return this.#entries;
  }

  /** Adds a message, unless it has been here already; returns whether it did. */
  addMessage({ id, user, data, time }) {
    // The hub's clock never goes back: what is older than the newest came before it, and may have been dropped since.
    if (this.#ids.has(id) || time < this.#newest) return false;
    this.#ids.add(id);
    this.#newest = time ?? this.#newest;
    this.#push({ kind: "message", id, user: user ?? "someone", text: data ?? "", time });
    return true;
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
