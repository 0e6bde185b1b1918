// The chat page: one state, the stream that changes it, and the hands that change it.

import { showCommand } from "./curl.js";
import { renderMessages } from "./messages.js";
import { cleanName, recallName, rememberName } from "./name.js";
import { Reading } from "./reading.js";
import { sendMessage } from "./send.js";
import { Stream } from "./stream.js";
import { Transcript } from "./transcript.js";
import { render, view } from "./view.js";

const state = {
  connection: "closed", // or connecting, live, reconnecting
  user: recallName(), // who is reading: tells own messages apart
  sending: false,
  notice: null, // what became of the last message: { text, problem }
};

/** Sending works without a connection, but then the writer does not see the message arrive. */
const SENT_UNSEEN = { text: "Sent. Connect to see the chat.", problem: false };

const transcript = new Transcript();
const reading = new Reading(view.readingArea, view.newer);
const stream = new Stream({
  state: (connection) => update({ connection }),
  message: (envelope) => showSoon(() => transcript.addMessage(envelope)),
  gap: () => showSoon(() => transcript.addGap()),
});

function update(changes) {
  Object.assign(state, changes);
  render(state);
}

// Messages may come by the thousand: the list is brought up to date once per frame.
let frame = 0;
function showSoon(change) {
  change();
  frame ||= requestAnimationFrame(showMessages);
}

function showMessages() {
  frame = 0;
  view.empty.hidden = transcript.entries.length > 0;
  reading.added(renderMessages(view.messages, transcript.entries, state.user));
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

  view.draft.value = "";
  view.draft.focus();
  reading.toEnd();
  update({ sending: true, notice: null });
  try {
    await sendMessage(user, text);
    update({ sending: false, notice: state.connection === "closed" ? SENT_UNSEEN : null });
  } catch (error) {
    view.draft.value = [text, view.draft.value].filter(Boolean).join("\n");
    update({ sending: false, notice: { text: `Not sent: ${error.message}`, problem: true } });
  }
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
view.draft.addEventListener("input", () => render(state));
view.name.addEventListener("input", () => render(state));
view.newer.addEventListener("click", () => view.draft.focus());
addEventListener("online", () => stream.retryNow());

view.name.value = state.user;
showCommand(view.command, view.copy);
render(state);
