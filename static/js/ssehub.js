// An EventSource that polls where streams do not flow, and shares one connection among tabs.

const REMEMBERED = 1_024; // a request may publish 1,000
const STRIKES = 3;
const SILENT_HEARTBEATS = 2.5;
const MAX_PAUSE_MS = 30_000;
const MAX_RETRIAL_MS = 600_000;

export class HubSource extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 2;
  readyState = 0;
  transport = "stream";
  #over = new AbortController();

  // See ssehub.d.ts.
  topics = [];
  lastEventId = "";
  share = true;
  patience = 3_000;
  heartbeat = 15_000;
  retrial = 30_000;
  ping = 3_000;
  wait = 25;

  constructor(url, options) {
    super();
    Object.assign(this, options);
    url = new URL(url, globalThis.location);
    for (const name of ["user", "latest", "presence"]) {
      if (this[name]) url.searchParams.set(name, this[name] === true ? 1 : this[name]);
    }
    this.url = url.href;
    for (const type of ["open", "message", "error"]) {
      this.addEventListener(type, (event) => this[`on${type}`]?.(event));
    }
    start(this, this.#over.signal);
  }

  close() {
    this.readyState = 2;
    this.#over.abort();
  }
}

async function start(source, signal) {
  const inbox = receive(source, signal);
  const link = connect(source, inbox);
  signal.addEventListener("abort", () => connect(source, inbox));
  // Whoever is refused bothers nobody else.
  await link.catchUp();
  if (signal.aborted) return;
  // Only the hub can match a template.
  inbox.shared = source.share && !/\{/.test(source.topics) && globalThis.navigator?.locks && globalThis.BroadcastChannel;
  if (inbox.shared) share(source, inbox);
  else link.run();
}

function receive(source, signal) {
  const seen = new Set();
  const inbox = { signal, take, state, end, tell() {}, head: "" };
  const emit = (event, fields) => signal.aborted || source.dispatchEvent(Object.assign(event, fields));
  return inbox;

  function take(event) {
    const { id, topic, alternates = [], type = "message", data = "", user, time } = event;
    if (type === "gap") inbox.head = id;
    const key = JSON.stringify([id, topic, time]);
    // A leader may be behind this tab's polls.
    const isOld = time < msOf(inbox.head) || (topic && id === inbox.head);
    if (signal.aborted || isOld || (id && seen.has(key))) return;
    const [oldest] = seen.add(key);
    if (seen.size > REMEMBERED) seen.delete(oldest);
    if (id) source.lastEventId = id;
    const mine = !inbox.shared || !topic || ["*", topic, ...alternates].some((it) => source.topics.includes(it));
    if (mine) emit(new MessageEvent(type, { data, lastEventId: id }), { topic, user, time });
    inbox.tell(event);
  }

  function state(open, transport = source.transport, reason = source.reason) {
    if (signal.aborted) return;
    const { readyState, transport: last } = source;
    Object.assign(source, { readyState: +open, transport, reason });
    if (transport !== last) emit(new Event("transport"), { transport, reason });
    if (!open || !readyState) emit(new Event(open ? "open" : "error"));
    inbox.tell();
  }

  function end(fault) {
    source.readyState = 2;
    emit(new Event("error"), fault);
    source.close();
  }
}

// Gaps and presence are no envelopes.
const wrap = (it, type) => (it.id ? it : { id: it.resumed, topic: it.topic, type, data: JSON.stringify(it) });

const msOf = (position) => parseInt(position.slice(1));

// One connection: a stream, or long polls.
function connect(source, inbox) {
  const link = { topics: source.topics, run, catchUp, regroup, cancel };
  const calls = new Set();
  let { retrial, topics: next } = source;
  let retry = 2_000;
  let tries = 0;
  let shorts = 0;
  let flow, polling, retrialAt;
  inbox.link?.cancel();
  return (inbox.link = link);

  async function run() {
    while (inbox.link === link) {
      if (next !== link.topics) await turn(next);
      else if (polling) await poll(source.readyState && source.wait);
      else await (flow ??= stream());
    }
  }

  // On a busy topic no poll is empty.
  async function catchUp(isDone = (events) => events >= 0) {
    while (inbox.link === link && !isDone(await poll(0)));
  }

  function regroup(topics) {
    if (`${topics}` === `${next}`) return;
    next = topics;
    cancel();
  }

  // Other topics begin where these end.
  async function turn(topics) {
    await catchUp();
    link.topics = topics;
    inbox.tell();
  }

  function poll(wait) {
    const began = Date.now();
    // A stream must prove itself before the polls end.
    if (wait && began >= retrialAt) flow ??= stream();
    return ask("application/json", "wait", wait, wait * 1_000 + MAX_PAUSE_MS, async (response, { signal }) => {
      const { events, last_event_id, gap, presence } = await response.json();
      presence?.forEach((it) => inbox.take(wrap(it, "presence")));
      if (gap) inbox.take(wrap(gap, "gap"));
      else if (wait && !events.length && Date.now() - began < wait * 500) throw {};
      events.forEach(inbox.take);
      signal.throwIfAborted();
      inbox.head = source.lastEventId = last_event_id;
      if (wait || events.length) tries = 0;
      if (polling) inbox.state(true);
      return events.length;
    });
  }

  async function stream() {
    const began = Date.now();
    let answered, flows, type;
    let comments = 0;
    let rest = "";

    // WHATWG HTML, section 9.2.6, as far as the hub uses it.
    function line(text) {
      const [, name, value] = /^(\w*): ?(.*)/s.exec(text) ?? [];
      if (name === "event") type = value;
      if (name === "data") inbox.take(wrap(JSON.parse(value), type));
      if (name === "retry") retry = Math.max(value, 100) || retry;
      if (name === "" && comments++) ({ retrial } = source);
    }

    function failed(fault) {
      if (polling && !fault.final) fallBack();
      else if (fault.late) fallBack(flows ? "silent" : "buffered");
      else if (!answered) return pause(fault);
      else if (Date.now() - began >= source.patience) tries = shorts = 0;
      else if (++shorts < STRIKES) return pause(fault);
      else fallBack("cut");
    }

    async function read({ body }, request) {
      answered = true;
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        request.signal.throwIfAborted();
        if (done) throw {};
        request.watch(SILENT_HEARTBEATS * source.heartbeat);
        if (!flows) {
          flows = true;
          polling = false;
          cancel(request);
          inbox.state(true, "stream", "");
        }
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        lines.forEach(line);
      }
    }

    await ask("text/event-stream", "format", "json", source.patience, read, failed);
    flow = null;
  }

  function fallBack(reason) {
    polling = true;
    retrialAt = Date.now() + retrial;
    retrial = Math.min(retrial * 2, MAX_RETRIAL_MS);
    inbox.state(source.readyState, "poll", reason);
  }

  async function pause(fault) {
    if (fault.final) return inbox.end(fault);
    inbox.state(false);
    if (inbox.link !== link) return;
    const most = Math.min(retry * 2 ** tries++, Math.max(retry, MAX_PAUSE_MS));
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.random() * most + (fault.after || 0));
      inbox.wake = () => resolve(clearTimeout(timer));
    });
  }

  function cancel(except) {
    for (const request of calls) if (request !== except) request.abort(0);
    inbox.wake?.();
  }

  async function ask(accept, name, value, patience, read, failed = pause) {
    const request = new AbortController();
    const { signal } = request;
    const url = new URL(source.url);
    let timer, fault;
    request.watch = (ms) => {
      clearTimeout(timer);
      timer = ms && setTimeout(() => request.abort({ late: true }), ms);
    };
    request.watch(patience);
    calls.add(request);
    for (const topic of link.topics) url.searchParams.append("topic", topic);
    url.searchParams.append("last_event_id", source.lastEventId ?? "");
    url.searchParams.append(name, value);
    try {
      const response = await (source.fetch ?? fetch)(url, { cache: "no-store", headers: { Accept: accept }, signal });
      const { headers, status } = response;
      if (status === 200 && headers.get("Content-Type")?.startsWith(accept)) return await read(response, request);
      const { errorMessage } = await response.json().catch(() => ({}));
      const after = Math.min(headers.get("Retry-After") * 1_000, MAX_RETRIAL_MS);
      fault = { status, errorMessage, after, final: /^(204|4(?!08|29))/.test(status) };
    } catch (error) {
      fault = signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      request.abort();
      calls.delete(request);
    }
    if (fault) await failed(fault);
  }
}

// The tab that has the lock has the connection, and tells the others.
function share(source, inbox) {
  const { signal, end } = inbox;
  const me = crypto.randomUUID();
  const name = `ssehub ${source.url}`;
  const channel = new BroadcastChannel(name);
  const tabs = new Map([[me, source.topics]]);
  let silent = 0;
  let last = {};
  const timer = setInterval(tick, source.ping);
  let leading, prev, queue; // undefined: out of step; null: in step

  inbox.tell = tell;
  inbox.end = (fault) => (leading ? go(false) : end(fault));

  function hello(topics = source.topics) {
    channel.postMessage({ from: me, topics });
  }

  function tell(event) {
    if (!leading || signal.aborted) return;
    const { lastEventId: id, readyState: open } = source;
    channel.postMessage({ leader: me, event, prev, id, open, topics: inbox.link.topics });
    prev = id;
  }

  channel.onmessage = ({ data }) => {
    if (leading && data.from) meet(data);
    else if (!leading && data.leader) follow(data);
  };

  function meet({ from, topics }) {
    tabs.set(from, topics);
    if (!topics.length) tabs.delete(from);
    inbox.link.regroup([...new Set([...tabs.values()].flat())]);
    tell();
  }

  function follow(message) {
    const { leader, event, prev, id, open, topics } = message;
    const inStep = prev === last.id || id === last.id;
    const known = source.topics.every((topic) => topics.includes(topic));
    if (!known && leader !== last.leader) hello();
    last = message;
    silent = 0;
    if (!known) queue = undefined;
    else if (!inStep || queue === undefined || queue?.length > REMEMBERED) catchUp();
    else if (queue) event && queue.push(event);
    else {
      if (event) inbox.take(event);
      source.lastEventId = id;
      inbox.state(open, "shared", "");
    }
  }

  async function catchUp() {
    const missed = (queue = []);
    // The rest is in the queue.
    await connect(source, inbox).catchUp((events) => events === 0 || msOf(inbox.head) > missed[0]?.time);
    if (queue !== missed) return;
    queue = null;
    missed.forEach(inbox.take);
    inbox.state(last.open, "shared", "");
  }

  function go(leads) {
    if (signal.aborted) return;
    leading = leads;
    queue = undefined;
    return connect(source, inbox).run();
  }

  function tick() {
    if (leading) return;
    if (silent || queue !== null) hello();
    if (silent++ === STRIKES) go(false);
  }

  signal.addEventListener("abort", () => {
    clearInterval(timer);
    hello([]);
    channel.close();
  });
  globalThis.addEventListener?.("pagehide", () => hello([]), { signal });
  navigator.locks.request(name, { signal }, () => go(true)).catch(() => go(false));
  hello();
}
