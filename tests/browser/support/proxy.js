// A proxy between browser and server that misbehaves on demand, and counts.

import { EventEmitter, once } from "node:events";
import { createServer, request } from "node:http";

const BLANK = "<!doctype html><meta charset=utf-8><title>blank</title>";

export class Proxy extends EventEmitter {
  /** Answers are passed on when they are complete; streams never are. */
  buffers = false;
  /** Answers are cut after so long. */
  cutMs = 0;
  /** Comments, and so heartbeats, are left out of streams. */
  swallows = false;
  /** Those who ask for events at the moment: `{ accept, url }`. */
  open = new Set();
  /** All who ever asked for events, in order. */
  asked = [];
  #target;
  #server = createServer((asked, answer) => this.#pass(asked, answer));

  static async start(target) {
    const proxy = new Proxy();
    proxy.#target = target;
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** Cuts all that is open. */
  cut() {
    for (const { answer } of this.open) answer.destroy();
  }

  /** Resolves when so many heartbeats have come from the server. */
  async beats(count) {
    for (let i = 0; i < count; i += 1) await once(this, "beat");
  }

  #pass(asked, answer) {
    if (asked.url === "/blank") return answer.writeHead(200, { "Content-Type": "text/html" }).end(BLANK);
    if (asked.url.startsWith("/events") || asked.url.startsWith("/sse")) this.#count(asked, answer);
    const { method, headers } = asked;
    const onward = request(new URL(asked.url, this.#target), { method, headers, agent: false });
    onward.on("response", (response) => this.#answer(response, answer));
    onward.on("error", () => answer.destroy());
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  #count({ headers, url }, answer) {
    const entry = { accept: headers.accept, url, answer };
    this.asked.push(entry);
    this.open.add(entry);
    answer.on("close", () => this.open.delete(entry));
  }

  #answer(response, answer) {
    const { buffers, swallows, cutMs } = this;
    const pieces = [];
    const pass = () => answer.writeHead(response.statusCode, response.headers);
    if (!buffers) pass().flushHeaders();
    const knife = cutMs && setTimeout(() => answer.destroy(), cutMs);
    answer.on("close", () => clearTimeout(knife));
    response.on("data", (piece) => {
      const comments = piece.toString("latin1").match(/^:/gm) ?? [];
      for (const _ of comments) this.emit("beat");
      if (buffers) pieces.push(piece);
      else if (!swallows || !comments.length) answer.write(piece);
      else answer.write(piece.toString().replace(/^:.*\n/gm, ""));
    });
    response.on("end", () => (buffers ? pass().end(Buffer.concat(pieces)) : answer.end()));
    response.on("error", () => answer.destroy());
  }
}
