// The real server, on a free port of the loopback interface, with its log in memory.

import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

export const BINARY = process.env.SSEHUB_BIN;
// A binary that lies about somewhere may be an old one, and its tests would say nothing of the sources.
if (!BINARY) throw new Error("SSEHUB_BIN must name the binary that is tested");
/** A start takes milliseconds; a server that is not there by then will not come. */
const START_DEADLINE_MS = 60_000;
const POLL_PAUSE_MS = 20;

export class Server {
  #port;
  #options;
  #process;
  #output = "";

  /** Starts a server and resolves when it answers. */
  static async start(port, options = []) {
    const server = new Server();
    server.#port = port ?? (await freePort());
    server.#options = options;
    await server.start();
    return server;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it (again), on the same port. */
  async start() {
    const options = ["--listen", `127.0.0.1:${this.#port}`, ...this.#options];
    this.#process = spawn(BINARY, options, { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on("data", (chunk) => (this.#output += chunk));
    }
    const failed = once(this.#process, "error").then(([error]) => Promise.reject(error));
    failed.catch(() => {});
    await Promise.race([this.#answers(), failed]);
  }

  /** Ends it by its pid, as a service manager would, and resolves when it is gone. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await gone;
  }

  /** Publishes to a room without a browser. */
  async say(user, message, topic = "chat") {
    const response = await fetch(`${this.origin}/sse/message?${new URLSearchParams({ topic })}`, {
      method: "POST",
      body: JSON.stringify({ user, message }),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  }

  /** Publishes an event. */
  async publish(topic, data) {
    const response = await fetch(`${this.origin}/events/${encodeURIComponent(topic)}`, { method: "POST", body: data });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
  }

  /** Says that nothing more will come. */
  async end(topic) {
    await fetch(`${this.origin}/events/${encodeURIComponent(topic)}`, { method: "DELETE" });
  }

  /** Makes somebody present in a room without a browser; the answer is a function that makes them leave. */
  async attend(user, topic = "chat") {
    const connection = new AbortController();
    const { signal } = connection;
    const response = await fetch(`${this.origin}/sse?${new URLSearchParams({ user, topic })}`, { signal });
    response.body.pipeTo(new WritableStream(), { signal }).catch(() => {});
    return () => connection.abort();
  }

  async #answers() {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (Date.now() < deadline && this.#process.exitCode === null) {
      const response = await fetch(`${this.origin}/healthz`).catch(() => null);
      if (response?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_PAUSE_MS));
    }
    throw new Error(`the server did not start: ${this.#output}`);
  }
}

/** A port that the system gives to nobody who asks for any, so that it stays free while the server is away. */
export async function freePort() {
  const [first] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t");
  const end = first > 20_000 ? Number(first) : 30_000;
  for (;;) {
    const probe = createServer().listen(randomInt(10_000, end), "127.0.0.1");
    const port = await once(probe, "listening").then(() => probe.address().port, () => null);
    if (!port) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
