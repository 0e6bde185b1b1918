// What lies between a tab and the hub.

const encoder = new TextEncoder();

export class Network {
  /** Nothing answers. */
  down = false;
  /** A proxy keeps streams back, head and all, for as long as they last. */
  buffers = false;
  /** What becomes of a piece of a stream on its way; a text, or nothing. */
  filter = (text) => text;
  /** How many bytes arrive at a time. */
  pieceBytes = Infinity;
  #hub;
  #open = new Set();
  #held = null;

  constructor(hub) {
    this.#hub = hub;
  }

  /** Requests that are under way. */
  get open() {
    return this.#open.size;
  }

  fetch(tab, url, { headers, signal }) {
    return new Promise((resolve, reject) => {
      if (tab.crashed) return;
      if (this.down) return setImmediate(() => reject(new TypeError("fetch failed")));
      const call = { tab, resolve, reject, end: () => this.#open.delete(call), leave: () => {} };
      this.#open.add(call);
      signal.addEventListener("abort", () => call.end() && (call.leave(), call.reject(signal.reason)));
      if (signal.aborted) return call.end() && reject(signal.reason);
      this.#send(call, { url, query: url.searchParams, accept: headers.Accept, tab: tab.number });
    });
  }

  /** Keeps back what streams that are open already send. */
  hold() {
    this.#held ??= [];
  }

  /** Lets it pass. */
  release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const write of held) write();
  }

  drop(tab) {
    for (const call of [...this.#open]) if (call.tab === tab) call.end() && call.leave();
  }

  #send(call, request) {
    const answer = this.#hub.answer(request);
    if (answer.stream) this.#stream(call, answer);
    else if (answer.later) call.leave = answer.later((later) => this.#arrives(call, later));
    else this.#arrives(call, answer);
  }

  #arrives(call, { status, headers, body }) {
    setImmediate(() => call.tab.reach(() => call.end() && call.resolve(new Response(body, { status, headers }))));
  }

  #stream(call, { status, headers, stream }) {
    let controller;
    const body = new ReadableStream({ start: (it) => (controller = it) });
    const refuse = call.reject;
    call.reject = (reason) => (refuse(reason), controller.error(reason));
    call.answer = () => call.resolve(new Response(body, { status, headers }));
    call.kept = this.buffers ? [] : null;
    if (!call.kept) setImmediate(() => call.tab.reach(call.answer));
    call.leave = stream({
      write: (text) => this.#write(call, controller, text),
      end: () => this.#finish(call, () => this.#flush(call, controller)),
      fail: () => this.#finish(call, () => call.reject(new TypeError("network error"))),
    });
  }

  // What a proxy has kept back arrives when the stream ends.
  #flush(call, controller) {
    if (call.kept) call.answer();
    for (const piece of call.kept ?? []) controller.enqueue(piece);
    controller.close();
  }

  #finish(call, how) {
    setImmediate(() => call.tab.reach(() => call.end() && (call.leave(), how())));
  }

  #write(call, controller, text) {
    if (this.#held) return this.#held.push(() => this.#write(call, controller, text));
    const bytes = encoder.encode(this.filter(text));
    for (let at = 0; at < bytes.length; at += this.pieceBytes) {
      const piece = bytes.slice(at, at + this.pieceBytes);
      if (call.kept) call.kept.push(piece);
      else setImmediate(() => call.tab.reach(() => this.#open.has(call) && controller.enqueue(piece)));
    }
  }
}
