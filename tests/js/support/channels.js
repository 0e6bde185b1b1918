// BroadcastChannel among tabs: messages are copied, arrive later, in order, and not at the one who sends.

export class Channels {
  #open = new Set();
  /** How many messages were posted. */
  posted = 0;

  get open() {
    return this.#open.size;
  }

  drop(tab) {
    for (const channel of this.#open) if (channel.tab === tab) this.#open.delete(channel);
  }

  /** The class `BroadcastChannel`; `tabOf()` says who constructs one. */
  classFor(tabOf) {
    const channels = this;
    return class {
      onmessage = null;

      constructor(name) {
        this.name = name;
        this.tab = tabOf();
        if (!this.tab.crashed) channels.#open.add(this);
      }

      postMessage(message) {
        if (this.tab.crashed) return;
        if (!channels.#open.has(this)) throw new DOMException("the channel is closed", "InvalidStateError");
        channels.#post(this, structuredClone(message));
      }

      close() {
        channels.#open.delete(this);
      }
    };
  }

  #post(sender, message) {
    this.posted += 1;
    for (const channel of this.#open) {
      if (channel === sender || channel.name !== sender.name || channel.tab.aside) continue;
      const data = structuredClone(message);
      setImmediate(() => channel.tab.reach(() => this.#open.has(channel) && channel.onmessage?.({ data })));
    }
  }
}
