// The lines that reach this very room from a terminal, each with a copy button.

import { encodeRoom } from "./rooms.js";

/** How long a button says that it has copied. */
const THANKS_MS = 2_000;

/** What to call who has no name yet. */
const ANYBODY = "bob";

/** The commands for a room: for each, what it does and how. */
export function commands(origin, room, user) {
  const path = encodeRoom(room);
  const body = JSON.stringify({ user: user || ANYBODY, message: "hello" });
  return [
    ["Say", `curl ${quote(`${origin}/events/${path}`)} -d 'hello'`],
    ["Say by name", `curl ${quote(`${origin}/sse/message?topic=${path}`)} -d ${quote(body)}`],
    ["Listen", `curl -N ${quote(`${origin}/events/${path}`)}`],
  ];
}

/** Shows them; calling it again with the same room and user changes nothing. */
export function renderCommands(list, template, room, user) {
  const lines = commands(location.origin, room, user);
  while (list.children.length < lines.length) list.append(line(template));
  lines.forEach(([what, command], i) => {
    const [label, code] = list.children[i].children;
    if (code.textContent !== command) code.textContent = command;
    label.textContent = what;
  });
}

function line(template) {
  const item = template.content.firstElementChild.cloneNode(true);
  const [, code, button] = item.children;
  copyOnClick(button, code);
  return item;
}

/** Lets a button copy what `code` shows at that moment. */
export function copyOnClick(button, code) {
  button.addEventListener("click", async () => {
    button.textContent = await copy(code);
    setTimeout(() => (button.textContent = "Copy"), THANKS_MS);
  });
}

/** A word for a POSIX shell. Inside single quotes nothing has a meaning but the quote that ends them. */
export function quote(word) {
  return /^[\w./:%@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// There is no clipboard on a page that came over plain HTTP from another machine; selecting is the next best.
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    return "Selected";
  }
}
