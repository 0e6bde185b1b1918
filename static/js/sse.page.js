// The chat page: one state, the stream that changes it, and the hands that change it.

import { Rooms } from "./joined.js";
import { renderMessages } from "./messages.js";
import { cleanName, recallName, rememberName } from "./name.js";
import { People } from "./people.js";
import { Reading } from "./reading.js";
import { DEFAULT_ROOM, encodeRoom, roomOf, roomProblem } from "./rooms.js";
import { sendMessage } from "./send.js";
import { Stream } from "./stream.js";
import { narrow, render, view } from "./view.js";

const state = {
  connection: "closed", // or connecting, live, reconnecting
  transport: "stream", // or poll, shared; and why it is no stream
  reason: "",
  user: recallName(), // who is reading: tells own messages apart
  rooms: new Rooms(),
  people: null, // who is in the room, as far as is known
  sending: false,
  notice: null, // what became of the last thing done: { text, problem }
  aside: false, // on a narrow screen: whether rooms and people cover the messages
};

/** Sending works without a connection, but then the writer does not see the message arrive. */
const SENT_UNSEEN = { text: "Sent. Connect to see the chat.", problem: false };

const { rooms } = state;
const problem = (text) => ({ text, problem: true });

const reading = new Reading(view.readingArea, () => update({}));
const people = new People((roll) => update({ people: roll }));
const stream = new Stream({
  state: update,
  refused: (sentence) => update({ notice: problem(`Not connected: ${sentence}`) }),
  message: receive,
  gap: (names) => showSoon(() => names.forEach((room) => rooms.joined.get(room)?.transcript.addGap())),
  presence: () => people.changed(),
});

function update(changes) {
  Object.assign(state, changes);
  if (reading.following && !document.hidden) rooms.here.unread = 0;
  people.watch(state.connection === "closed" ? null : encodeRoom(rooms.current));
  render(state, reading.following);
}

// Messages may come by the thousand: the page is brought up to date once per frame, and a hidden one, which has no
// frames, once per second, for its title.
let frame = 0;
function showSoon(change) {
  change();
  frame ||= document.hidden ? setTimeout(showMessages, 1_000) : requestAnimationFrame(showMessages);
}

function showMessages() {
  frame = 0;
  const { entries } = rooms.here.transcript;
  view.empty.hidden = entries.length > 0;
  renderMessages(view.messages, entries, state.user);
  reading.keepUp();
  update({});
}

function receive(envelope, isNews) {
  const room = rooms.joined.get(envelope.topic);
  if (!room) return;
  showSoon(() => {
    const isAdded = room.transcript.addMessage(envelope);
    if (isAdded && isNews && envelope.user !== state.user) room.unread += 1;
  });
}

/** Goes where the address says, if that is a room. */
function enter() {
  const { room, problem: text } = roomOf(location.hash);
  if (text && rooms.here) return update({ notice: problem(`${text} You are still in ${rooms.current}.`) });

  rooms.enter(room ?? DEFAULT_ROOM);
  stream.setRooms([...rooms.joined.keys()]);
  view.draft.value = rooms.here.draft;
  view.messages.replaceChildren();
  update({ notice: text ? problem(`${text} You are in ${rooms.current}.`) : null, aside: false });
  reading.toEnd();
  showMessages();
}

function leave({ target }) {
  if (!target.dataset.leave) return;
  rooms.leave(target.dataset.leave);
  stream.setRooms([...rooms.joined.keys()]);
  update({});
  view.rooms.querySelector("[aria-current]").focus();
}

function goTo(event) {
  event.preventDefault();
  const room = view.roomName.value.trim();
  const text = roomProblem(room);
  if (text) return update({ notice: problem(text) });
  view.roomName.value = "";
  update({ aside: false });
  location.hash = encodeRoom(room);
  view.draft.focus();
}

function leaveAside({ key }) {
  if (key !== "Escape" || !state.aside) return;
  update({ aside: false });
  view.asideButton.focus();
}

function connect(event) {
  event.preventDefault();
  const user = cleanName(view.name.value);
  if (user === "" || state.connection === "connecting" || state.connection === "live") return;
  rememberName(user);
  view.name.value = user;
  update({ user, notice: null });
  showMessages();
  stream.open(user);
  view.draft.focus();
}

function close() {
  stream.close();
  view.connect.focus();
}

async function send(event) {
  event.preventDefault();
  const user = cleanName(view.name.value);
  const text = view.draft.value;
  if (state.sending || user === "" || text.trim() === "") return;

  const { current, here: room } = rooms;
  setDraft(room, "");
  view.draft.focus();
  reading.toEnd();
  update({ sending: true, notice: null });
  try {
    await sendMessage(user, text, current);
    update({ sending: false, notice: state.connection === "closed" ? SENT_UNSEEN : null });
  } catch (error) {
    // The writer may be in another room by now.
    setDraft(room, [text, room.draft].filter(Boolean).join("\n"));
    update({ sending: false, notice: problem(`Not sent: ${error.message}`) });
  }
}

function setDraft(room, text) {
  room.draft = text;
  if (room === rooms.here) view.draft.value = text;
}

// Enter that ends a composition chooses a character and sends nothing. Safari ends the composition
// first and reports that Enter with the key code 229 only.
function sendOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  view.sendForm.requestSubmit();
}

view.connectForm.addEventListener("submit", connect);
view.close.addEventListener("click", close);
view.sendForm.addEventListener("submit", send);
view.draft.addEventListener("keydown", sendOnEnter);
view.draft.addEventListener("input", () => (setDraft(rooms.here, view.draft.value), update({})));
view.name.addEventListener("input", () => update({}));
view.newer.addEventListener("click", () => (reading.toEnd(), view.draft.focus()));
view.roomForm.addEventListener("submit", goTo);
view.rooms.addEventListener("click", leave);
view.asideButton.addEventListener("click", () => update({ aside: !state.aside }));
narrow.addEventListener("change", () => update({}));
addEventListener("keydown", leaveAside);
addEventListener("hashchange", enter);
document.addEventListener("visibilitychange", () => (showMessages(), people.changed()));

view.name.value = state.user;
view.terminal.open = matchMedia("(min-width: 44rem) and (min-height: 44rem)").matches;
enter();
