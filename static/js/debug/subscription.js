// Reads what a subscription brings, as bytes: an EventSource would hide comments, fields and errors.

import { reasonIn } from "./answer.js";
import { EventStream, LineStream, pollFrames } from "./frames.js";
import { objectOf } from "./json.js";
import { after } from "./requests.js";

/** A hub that answers every poll at once shall not be asked in a tight loop. */
const POLL_PAUSE_MS = 250;

const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_PAUSE_MS));

/**
 * Subscribes until the stream ends; resolves to a sentence that says why it did. Meanwhile `on.response(response)`,
 * `on.bytes(count)` and `on.frames(frames, lastId)` are called.
 */
export async function subscribe(request, signal, on) {
  for (;;) {
    const response = await fetch(request.path, { headers: request.headers, cache: "no-store", signal });
    on.response(response);
    const reader = readerOf(response, request);
    if (reader) return read(response, reader, on);
    const answer = await poll(response, on);
    if (typeof answer === "string") return answer;
    request = after(request, answer.last_event_id);
    await pause();
    signal.throwIfAborted();
  }
}

// The answer decides how it is read, and not what was asked for.
function readerOf({ status, headers }, request) {
  const type = (headers.get("content-type") ?? "").split(";")[0].trim().toLowerCase();
  if (status !== 200) return null;
  if (type === "text/event-stream") return new EventStream(/[?&]format=json(&|$)/.test(request.path));
  return type === "application/x-ndjson" ? new LineStream() : null;
}

async function read(response, reader, on) {
  const decoder = new TextDecoder();
  for await (const bytes of chunks(response.body)) {
    on.bytes(bytes.length);
    on.frames(reader.push(decoder.decode(bytes, { stream: true })), reader.lastId);
  }
  on.frames(reader.end(), reader.lastId);
  return "The server has ended the stream.";
}

// Not every browser can iterate over a stream by itself.
async function* chunks(body) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function poll(response, on) {
  const text = await response.text();
  on.bytes(new TextEncoder().encode(text).length);
  const answer = objectOf(text);
  if (response.ok && typeof answer?.last_event_id === "string") {
    on.frames(pollFrames(text, answer), answer.last_event_id);
    return answer;
  }
  if (text) on.frames([{ kind: "problem", raw: text, note: "the answer" }], "");
  return reasonOf(response, answer);
}

/** Why an answer brings no events, in a sentence. */
function reasonOf({ status, ok }, answer) {
  if (status === 204) return "204: these topics have ended, and nothing of them is left to read.";
  if (ok) return `${status}, but this is no stream of events.`;
  return `${status}: ${reasonIn(answer) ?? "refused."}`;
}
