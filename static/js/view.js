// The page's elements, and render(): what they look like in a given state.

import { cleanName } from "./name.js";

const byId = (id) => document.getElementById(id);

export const view = {
  connectForm: byId("connect_form"),
  name: byId("user_name"),
  connect: byId("connect_button"),
  close: byId("close_button"),
  connection: byId("connection_state"),
  readingArea: byId("reading_area"),
  messages: byId("received_text_area"),
  empty: byId("empty_room"),
  newer: byId("newer_button"),
  sendForm: byId("send_form"),
  draft: byId("input_message"),
  send: byId("send_button"),
  notice: byId("sample_message"),
  command: byId("curl_command"),
  copy: byId("copy_button"),
};

const LABELS = { closed: "Closed", connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

/** Shows the state; calling it again with the same state changes nothing. */
export function render(state) {
  document.body.dataset.state = state.connection;
  setText(view.connection, LABELS[state.connection]);
  renderControls(state, cleanName(view.name.value) !== "");
  renderNotice(state);
}

function renderControls({ connection, sending }, named) {
  const waiting = connection === "closed" || connection === "reconnecting";
  view.connect.disabled = !named || !waiting;
  view.close.disabled = connection === "closed";
  view.send.disabled = !named || sending || view.draft.value.trim() === "";
  view.name.readOnly = connection !== "closed";
}

function renderNotice({ connection, user, notice }) {
  view.notice.toggleAttribute("data-problem", notice?.problem === true);
  setText(view.notice, notice?.text ?? STATUS[connection](user));
}

const STATUS = {
  closed: () => nameProblem(view.name.value),
  connecting: () => "Connecting…",
  live: (user) => `Connected as ${user}.`,
  reconnecting: () => "The connection is lost. Trying again…",
};

function nameProblem(text) {
  if (text.trim() === "") return "Not connected. Enter your name first.";
  return cleanName(text) === "" ? "This name has characters that cannot be used." : "Not connected.";
}

// A live region speaks whenever its text is set, even to what it was.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
