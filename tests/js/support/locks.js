// Web Locks as far as one exclusive lock by a name goes: a queue, signals, and release at the end of a tab.

export class Locks {
  #queues = new Map();

  /** Locks that are held or asked for. */
  get held() {
    return [...this.#queues.values()].flat().length;
  }

  /** Who holds the lock. */
  holder() {
    return [...this.#queues.values()][0]?.[0]?.tab;
  }

  request(tab, name, { signal }, callback) {
    return new Promise((resolve, reject) => {
      if (tab.crashed) return;
      const request = { tab, callback, resolve, reject };
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      queue.push(request);
      // An abort counts only as long as the lock is not granted.
      signal?.addEventListener(
        "abort",
        () => !request.granted && this.#leave(queue, request, () => reject(signal.reason)),
      );
      this.#grant(queue);
    });
  }

  drop(tab) {
    for (const queue of this.#queues.values()) {
      for (const request of queue.filter((request) => request.tab === tab)) this.#leave(queue, request, () => {});
    }
  }

  #grant(queue) {
    const request = queue[0];
    if (!request || request.granted) return;
    request.granted = true;
    const release = (settle) => (value) => this.#leave(queue, request, () => settle(value));
    const enter = () => Promise.resolve(request.callback()).then(release(request.resolve), release(request.reject));
    setImmediate(() => request.tab.reach(enter));
  }

  #leave(queue, request, settle) {
    const at = queue.indexOf(request);
    if (at < 0) return;
    queue.splice(at, 1);
    settle();
    this.#grant(queue);
  }
}
