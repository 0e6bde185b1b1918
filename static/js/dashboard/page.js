// The dashboard: one state, what changes it, and one drawing of it for each frame at most.

import { figuresOf } from "./figures.js";
import { SPAN_MS } from "./plot.js";
import { follow } from "./stream.js";
import { setText, startView } from "./view.js";

/** Where the credential is kept, if that is asked for. */
const KEPT = "ssehub-dashboard-credential";

const byId = (id) => document.getElementById(id);
const state = { history: [], snapshot: null, at: null };
const render = startView();
let request = new AbortController();
let isDue = false;

function draw() {
  if (isDue || !state.snapshot) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    render(state);
  });
}

function show(connection, text) {
  document.body.dataset.state = connection;
  setText(byId("state"), text);
}

function take(snapshot) {
  const figures = figuresOf(state.snapshot, snapshot);
  // A clock that was set back begins a new history.
  const isRecent = ({ time }) => time > figures.time - SPAN_MS - 1_000 && time < figures.time;
  state.history = [...state.history.filter(isRecent), figures];
  state.snapshot = snapshot;
  byId("credential_form").hidden = true;
  show("live", "Live");
  draw();
}

function connect(token) {
  request.abort();
  request = new AbortController();
  show("connecting", "Connecting…");
  follow(token, request.signal, {
    snapshot: take,
    lost: (reason) => show("reconnecting", `Reconnecting: ${reason}`),
    refused: (reason) => {
      show("closed", `Refused: ${reason}`);
      askCredential();
    },
  });
}

function askCredential() {
  byId("credential_form").hidden = false;
  byId("credential").focus();
}

byId("credential_button").addEventListener("click", askCredential);
byId("credential_form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("credential").value.trim().replace(/^bearer\s+/i, "");
  byId("credential").value = "";
  if (byId("credential_keep").checked) sessionStorage.setItem(KEPT, token);
  else sessionStorage.removeItem(KEPT);
  connect(token);
});

// All plots show the moment under the pointer.
byId("plots").addEventListener("pointermove", ({ target, clientX }) => {
  const area = target.closest(".plot")?.getBoundingClientRect();
  const newest = state.history.at(-1)?.time;
  state.at = area && newest ? newest - SPAN_MS * (1 - (clientX - area.left) / area.width) : null;
  draw();
});
byId("plots").addEventListener("pointerleave", () => {
  state.at = null;
  draw();
});

connect(sessionStorage.getItem(KEPT) ?? "");
