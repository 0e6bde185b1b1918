// A hub for tests: a log in memory, and the answers of `GET /events` as a real hub gives them.

/** Most events of one answer to a poll. */
const PAGE_EVENTS = 50;

export class Hub {
  #log = [];
  #ms = 1_795_361_274_000;
  #start = `#${this.#ms}-0`;
  #subscribers = new Set();

  /** Everything that was asked, in order: `{ accept, query, tab }`. */
  requests = [];
  /** The streams that are open: `{ topics, write(text), end(), fail() }`. */
  streams = new Set();
  /** The polls that wait. */
  polls = new Set();
  /** What an answer to a request is instead of the usual one: a function of the request, or nothing. */
  refuse = null;

  /** Appends an event, and sends it to whom it concerns. */
  publish(topic, data, { id, ...fields } = {}) {
    this.#ms += 1;
    const position = `#${this.#ms}-0`;
    const event = { position, envelope: { id: id ?? position, topic, data, time: this.#ms, ...fields } };
    this.#log.push(event);
    for (const subscriber of [...this.#subscribers]) subscriber(event);
    return event.envelope;
  }

  /** Forgets all but the newest events. */
  keep(count) {
    const lost = this.#log.splice(0, this.#log.length - count);
    this.#start = lost.at(-1)?.position ?? this.#start;
  }

  /** All that was published on these topics, as far as it is kept. */
  on(...topics) {
    return this.#log.map((event) => event.envelope).filter((envelope) => matches(topics, envelope));
  }

  /** Starts again with an empty log, perhaps with its clock set back. */
  restart(backMs) {
    this.keep(0);
    this.#ms -= backMs;
    this.#start = `#${this.#ms}-0`;
    for (const stream of [...this.streams]) stream.fail();
  }

  get head() {
    return this.#log.at(-1)?.position ?? this.#start;
  }

  /** Answers a request: `{ status, headers, body }`, or `{ stream(sink) }`, or `{ later(done) }` for a poll that waits. */
  answer(request) {
    this.requests.push(request);
    return (
      this.refuse?.(request) || (request.accept === "text/event-stream" ? this.#stream(request) : this.poll(request))
    );
  }

  poll({ query }) {
    const topics = query.getAll("topic");
    const found = this.#read(query);
    const answer = ({ events, last, gap }) => ok("application/json", { events, last_event_id: last, gap });
    if (found.events.length || found.gap || query.get("wait") === "0") return answer(found);
    return {
      later: (done) => {
        const finish = (events) => leave() && done(answer({ events, last: this.head }));
        const unsubscribe = this.#subscribe(topics, (envelope) => finish([envelope]), {}, this.polls);
        const timer = setTimeout(() => finish([]), query.get("wait") * 1_000);
        const leave = () => (clearTimeout(timer), unsubscribe());
        return leave;
      },
    };
  }

  #stream({ query, tab }) {
    const topics = query.getAll("topic");
    return {
      status: 200,
      headers: { "Content-Type": "text/event-stream" },
      stream: (sink) => {
        const { events, gap } = this.#read(query, Infinity);
        const stream = { topics, tab, ...sink };
        const leave = this.#subscribe(topics, (envelope) => stream.write(frame(envelope)), stream, this.streams);
        stream.write(":\nretry: 1000\n");
        if (gap) stream.write(`event: gap\nid: ${gap.resumed}\ndata: ${JSON.stringify(gap)}\n\n`);
        for (const envelope of events) stream.write(frame(envelope));
        return leave;
      },
    };
  }

  // Returns a function that ends the subscription, and returns whether it was there.
  #subscribe(topics, take, entry, entries) {
    const subscriber = ({ envelope }) => matches(topics, envelope) && take(envelope);
    this.#subscribers.add(subscriber);
    entries.add(entry);
    return () => this.#subscribers.delete(subscriber) && entries.delete(entry);
  }

  #read(query, page = PAGE_EVENTS) {
    const topics = query.getAll("topic");
    const id = query.get("last_event_id");
    if (!id) return { events: [], last: this.head };

    const at = this.#after(id);
    const gap = at === undefined ? { after: id, resumed: this.#start } : undefined;
    const missed = this.#log.slice(at ?? 0).filter(({ envelope }) => matches(topics, envelope));
    const later = query.get("latest") ? newest(missed) : missed;
    const events = later.slice(0, page);
    const last = later.length > page ? events.at(-1).position : this.head;
    return { events: events.map((event) => event.envelope), last, gap };
  }

  // Where in the log the events after `id` begin, if that is known.
  #after(id) {
    if (id === "earliest" || id === this.#start) return 0;
    const at = this.#log.findIndex((event) => event.position === id || event.envelope.id === id);
    return at < 0 ? undefined : at + 1;
  }
}

export const HEARTBEAT = ":\n";

export function frame(envelope) {
  const type = envelope.type ? `event: ${envelope.type}\n` : "";
  return `${type}id: ${envelope.id}\ndata: ${JSON.stringify(envelope)}\n\n`;
}

export function ok(type, body) {
  return { status: 200, headers: { "Content-Type": type }, body: JSON.stringify(body) };
}

export function refusal(status, errorMessage, headers = {}) {
  const body = status === 204 ? null : JSON.stringify({ succeeded: false, errorMessage });
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

/** The newest event of each topic. */
function newest(events) {
  const last = new Map(events.map((event) => [event.envelope.topic, event]));
  return events.filter((event) => last.get(event.envelope.topic) === event);
}

function matches(topics, { topic, alternates = [] }) {
  return ["*", topic, ...alternates].some((it) => topics.includes(it));
}
