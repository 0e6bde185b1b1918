// Subscribing by hand: one subscription at a time, and what is known of it.

import { faultOf, pairs, setText, statusLine } from "./answer.js";
import { Entries } from "./entries.js";
import { formOf } from "./form.js";
import { subscribeRequest } from "./requests.js";
import { subscribe } from "./subscription.js";
import { span } from "./token.js";

/** How often the time since the last byte is shown. */
const TICK_MS = 500;

const LABELS = { closed: "Not subscribed", connecting: "Connecting", live: "Live" };
const WAYS = { "text/event-stream": "event stream", "application/x-ndjson": "JSON lines", "application/json": "long polling" };

const { byId, request, notice } = formOf("subscribe", subscribeRequest);
const entries = new Entries(byId("frames"), document.getElementById("entry_template"), render);
const state = {};
let call = new AbortController();

export function startSubscribe() {
  const clicked = (id, does) => byId(id).addEventListener("click", does);
  byId("form").addEventListener("submit", (event) => (event.preventDefault(), begin()));
  clicked("stop", stop);
  clicked("resume", () => begin({ from: state.lastId }));
  clicked("pause", () => entries.togglePause());
  clicked("clear", () => entries.clear());
  clicked("view", () => entries.showAs(byId("raw").checked ? "raw" : "parsed"));
  setInterval(render, TICK_MS);
  reset("closed");
}

function reset(connection) {
  Object.assign(state, { connection, began: performance.now(), bytes: 0, events: 0, lastId: "", lastByteAt: 0 });
  byId("head").hidden = true;
  render();
}

async function begin(changes) {
  call.abort();
  const { signal } = (call = new AbortController());
  reset("connecting");
  notice("");
  try {
    const asked = request(changes);
    state.lastId = changes?.from ?? "";
    setText(byId("line"), `${asked.method} ${asked.path}`);
    const reason = await subscribe(asked, signal, listener(signal));
    if (!signal.aborted) close(reason, byId("head").dataset.ok !== "true");
  } catch (error) {
    if (!signal.aborted) close(faultOf(error), true);
  }
}

function stop() {
  call.abort();
  close("Stopped.");
  byId("begin").focus();
}

function close(reason, isProblem) {
  state.connection = "closed";
  notice(reason, isProblem);
  render();
}

// What a stopped subscription has already read is not shown: it would stand among the next one's frames. Bytes and
// frames may come by the thousand: they show when the list does, or at the next tick.
function listener(signal) {
  const unlessStopped = (does) => (...args) => signal.aborted || does(...args);
  return {
    response: unlessStopped((response) => {
      Object.assign(state, { connection: "live", lastByteAt: performance.now() });
      showHead(response);
      render();
    }),
    bytes: unlessStopped((count) => {
      state.bytes += count;
      state.lastByteAt = performance.now();
    }),
    frames: unlessStopped((frames, lastId) => {
      state.events += frames.filter(({ kind }) => kind === "event").length;
      state.lastId = lastId || state.lastId;
      entries.add(frames, performance.now() - state.began);
    }),
  };
}

function showHead(response) {
  const type = (response.headers.get("content-type") ?? "nothing").split(";")[0];
  // The page came from the same server, and so over the same protocol.
  const protocol = performance.getEntriesByType("navigation")[0]?.nextHopProtocol;
  byId("head").hidden = false;
  byId("head").dataset.ok = response.ok;
  setText(byId("status"), statusLine(response));
  setText(byId("transport"), [WAYS[type] ?? type, protocol].filter(Boolean).join(" over "));
  byId("fields").replaceChildren(...pairs(response.headers));
}

function render() {
  const { connection, bytes, events, lastId, lastByteAt } = state;
  document.body.dataset.state = connection;
  setText(document.getElementById("state"), LABELS[connection]);
  byId("stop").disabled = connection === "closed";
  byId("resume").disabled = lastId === "";
  setText(byId("pause"), entries.isPaused ? `Go on (${entries.waiting})` : "Pause");
  setText(byId("counts"), `${bytes} bytes, ${events} ${events === 1 ? "event" : "events"}`);
  setText(byId("last_id"), lastId || "none");
  setText(byId("silence"), connection === "live" ? `${span(performance.now() - lastByteAt)} ago` : "–");
}
