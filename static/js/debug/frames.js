// Texts, as they arrive, become frames: `{ kind, raw, note?, type?, id?, topic?, user?, data?, retry? }`.
// A frame's kind is `event`, or `comment`, `fields` or `problem`, of which no listener hears.

import { objectOf } from "./json.js";

/** Whoever sends longer lines is no hub. */
const LINE_MAX_CHARS = 1 << 24;

class Reader {
  lastId = "";
  block = [];
  #rest = "";
  #endedInReturn = false;

  /** The frames that a text completes. Lines end in CR, LF or CRLF, which may come in two pieces. */
  push(text) {
    if (text === "") return [];
    const isSecondHalf = this.#endedInReturn && text.startsWith("\n");
    this.#endedInReturn = text.endsWith("\r");
    const lines = (this.#rest + text.slice(isSecondHalf)).split(/\r\n|\r|\n/);
    this.#rest = lines.pop();
    if (this.#rest.length > LINE_MAX_CHARS) throw new Error(`A line has over ${LINE_MAX_CHARS} characters.`);
    return lines.map((line) => this.line(line)).filter(Boolean);
  }

  /** What is left at the end: nobody gets it. */
  end() {
    const raw = [...this.block, this.#rest].join("\n").trimEnd();
    return raw ? [{ kind: "problem", raw, note: "cut off, and so ignored" }] : [];
  }
}

/** An event stream (WHATWG HTML, section 9.2.6). */
export class EventStream extends Reader {
  #isEnveloped;
  #id = "";

  /** `isEnveloped`: each event's data is an envelope, which has the topic. */
  constructor(isEnveloped) {
    super();
    this.#isEnveloped = isEnveloped;
  }

  push(text) {
    const frames = super.push(text);
    // These count at once, and a blank line may be far.
    if (this.block.length && this.block.every((line) => /^(:|retry:)/.test(line))) frames.push(this.#close());
    return frames;
  }

  line(line) {
    if (line === "") return this.block.length && this.#close();
    if (line.startsWith(":") && !this.block.length) return { kind: "comment", raw: line, note: line.slice(1).trim() };
    this.block.push(line);
    return null;
  }

  #close() {
    const frame = { kind: "fields", raw: this.block.join("\n") };
    const data = [];
    let type = "";
    for (const line of this.block.splice(0)) {
      const [, name, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
      if (name === "data") data.push(value);
      if (name === "event") type = value;
      if (name === "id" && !value.includes("\0")) frame.id = this.#id = value;
      if (name === "retry" && /^\d+$/.test(value)) frame.retry = value;
    }
    this.lastId = this.#id;
    if (!data.length) return frame;
    Object.assign(frame, { kind: "event", type: type || "message", data: data.join("\n") });
    const envelope = this.#isEnveloped && objectOf(frame.data);
    return envelope?.id ? { ...frame, ...eventOf(envelope) } : frame;
  }
}

/** A stream of lines, an envelope on each. */
export class LineStream extends Reader {
  line(raw) {
    if (raw === "") return { kind: "comment", raw };
    const envelope = objectOf(raw);
    if (!envelope) return { kind: "problem", raw, note: "no JSON object" };
    this.lastId = envelope.id ?? this.lastId;
    return { kind: "event", raw, ...eventOf(envelope) };
  }
}

/** The answer to a poll: a frame for the whole, and one for each event. */
export function pollFrames(raw, { events = [], presence = [], gap }) {
  const notices = presence.map((data) => ({ type: "presence", topic: data.topic, data }));
  if (gap) notices.push({ type: "gap", id: gap.resumed, data: gap });
  const frames = [...notices, ...events].map((envelope) => ({ kind: "event", raw: "", ...eventOf(envelope) }));
  return [{ kind: "fields", raw, note: "an answer" }, ...frames];
}

function eventOf({ id, topic, type = "message", data = "", user }) {
  return { id, topic, type, user, data: typeof data === "string" ? data : JSON.stringify(data) };
}
