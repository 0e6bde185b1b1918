// The page's elements, and render(): what they look like in a given state.

import { renderElsewhere, renderPeople, renderRooms } from "./aside.js";
import { renderCommands } from "./curl.js";
import { cleanName } from "./name.js";

const byId = (id) => document.getElementById(id);

export const view = {
  roomTitle: byId("room_title"),
  asideButton: byId("aside_button"),
  elsewhere: byId("unread_elsewhere"),
  connectForm: byId("connect_form"),
  name: byId("user_name"),
  connect: byId("connect_button"),
  close: byId("close_button"),
  connection: byId("connection_state"),
  rooms: byId("rooms"),
  roomForm: byId("room_form"),
  roomName: byId("room_name"),
  people: byId("people"),
  room: byId("room"),
  readingArea: byId("reading_area"),
  messages: byId("received_text_area"),
  empty: byId("empty_room"),
  newer: byId("newer_button"),
  sendForm: byId("send_form"),
  draft: byId("input_message"),
  send: byId("send_button"),
  notice: byId("sample_message"),
  terminal: byId("terminal"),
  commands: byId("curl_commands"),
  commandTemplate: byId("command_template"),
};

/** Narrow screens, where rooms and people cover the messages; as in aside.css. */
export const narrow = matchMedia("(max-width: 44rem)");

const LABELS = { closed: "Closed", connecting: "Connecting", live: "Live", reconnecting: "Reconnecting" };

/** Shows the state; calling it again with the same state changes nothing. */
export function render(state, following) {
  const { connection, transport, rooms, user } = state;
  document.body.dataset.state = connection;
  document.body.dataset.transport = transport;
  renderAside(state);
  setText(view.connection, LABELS[connection]);
  setText(view.roomTitle, rooms.current);
  view.roomTitle.title = rooms.current;
  renderUnread(rooms, following);
  renderRooms(view.rooms, rooms);
  renderPeople(view.people, state);
  renderControls(state, cleanName(view.name.value) !== "");
  renderNotice(state);
  renderCommands(view.commands, view.commandTemplate, rooms.current, cleanName(view.name.value) || user);
}

// What is covered is not reached by keys either (WCAG 2.2, "focus not obscured").
function renderAside({ aside }) {
  document.body.toggleAttribute("data-aside", aside);
  view.asideButton.ariaExpanded = aside;
  view.room.inert = view.sendForm.inert = aside && narrow.matches;
}

function renderUnread(rooms, following) {
  const { unread } = rooms.here;
  const title = `${unread > 0 ? `(${unread}) ` : ""}${rooms.current} · ssehub`;
  if (document.title !== title) document.title = title;
  view.newer.hidden = following || unread === 0;
  setText(view.newer, unread === 1 ? "1 new message" : `${unread} new messages`);
  renderElsewhere(view.elsewhere, rooms);
}

function renderControls({ connection, sending }, named) {
  const waiting = connection === "closed" || connection === "reconnecting";
  view.connect.disabled = !named || !waiting;
  view.close.disabled = connection === "closed";
  view.send.disabled = !named || sending || view.draft.value.trim() === "";
  view.name.readOnly = connection !== "closed";
}

function renderNotice({ connection, user, transport, reason, notice }) {
  view.notice.toggleAttribute("data-problem", notice?.problem === true);
  const way = WAYS[transport] ?? `long polling: the network ${REASONS[reason] ?? REASONS.buffered}`;
  setText(view.notice, notice?.text ?? STATUS[connection](user, way));
}

const STATUS = {
  closed: () => nameProblem(view.name.value),
  connecting: () => "Connecting…",
  live: (user, way) => `Connected as ${user} · ${way}`,
  reconnecting: () => "The connection is lost. Trying again…",
};

const WAYS = { stream: "streaming", shared: "shared with another tab" };
const REASONS = { buffered: "holds streams back", silent: "silences streams", cut: "cuts streams short" };

function nameProblem(text) {
  if (text.trim() === "") return "Not connected. Enter your name first.";
  return cleanName(text) === "" ? "This name has characters that cannot be used." : "Not connected.";
}

// A live region speaks whenever its text is set, even to what it was.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
