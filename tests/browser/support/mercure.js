// A server with an endpoint of the Mercure protocol, which notes what it is asked; all else is another server's.

import { once } from "node:events";
import { createServer, request } from "node:http";
import { text } from "node:stream/consumers";

const ENDPOINT = "/.well-known/mercure";

export class MercureMock {
  /** Requests to the endpoint: `{ method, url, authorization, body }`. */
  asked = [];
  #target;
  #server = createServer((asked, answer) => (asked.url.startsWith(ENDPOINT) ? this.#answer(asked, answer) : this.#pass(asked, answer)));

  static async start(target) {
    const mock = new MercureMock();
    mock.#target = target;
    mock.#server.listen(0, "127.0.0.1");
    await once(mock.#server, "listening");
    return mock;
  }

  get origin() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(asked, answer) {
    const { method, url, headers } = asked;
    this.asked.push({ method, url, authorization: headers.authorization, body: await text(asked) });
    if (method === "POST") return answer.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" }).end("urn:uuid:1");
    answer.writeHead(200, { "Content-Type": "text/event-stream", "Mercure-Last-Event-ID": "earliest" });
    answer.write(":\nevent: status\nid: urn:uuid:1\ndata: sent\n\n");
  }

  #pass({ method, url, headers }, answer) {
    const onward = request(new URL(url, this.#target), { method, headers, agent: false });
    onward.on("response", (response) => response.pipe(answer.writeHead(response.statusCode, response.headers)));
    onward.on("error", () => answer.destroy());
    onward.end();
  }
}
