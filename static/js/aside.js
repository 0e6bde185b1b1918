// The lists beside the messages: the rooms to go to, and who is in the current one. Names are text, never HTML.

import { encodeRoom } from "./rooms.js";

/** People who are listed; of the others there is a number. */
const PEOPLE_LISTED = 20;

/** Links to the rooms, in the order of their names: a list that moves by itself is hard to hit. */
export function renderRooms(list, { visited, joined, current }) {
  const rooms = visited.toSorted((a, b) => a.localeCompare(b));
  const shown = [...list.children].map((item) => item.dataset.room);
  // Made anew only if it is another list, so that a link keeps the focus.
  if (`${shown.map(encodeURIComponent)}` !== `${rooms.map(encodeURIComponent)}`) list.replaceChildren(...rooms.map(roomItem));
  for (const item of list.children) place(item, item.dataset.room === current, joined.get(item.dataset.room));
}

/** Shows how many messages have come to other rooms. */
export function renderElsewhere(count, { joined, current }) {
  let sum = 0;
  for (const [room, { unread }] of joined) if (room !== current) sum += unread;
  showCount(count, sum);
}

function roomItem(room) {
  const item = copyOf("room_template");
  item.dataset.room = room;
  const [link, leave] = item.children;
  link.href = `#${encodeRoom(room)}`;
  link.firstElementChild.textContent = link.title = room;
  leave.dataset.leave = room;
  leave.ariaLabel = `Leave ${room}`;
  return item;
}

function place(item, isCurrent, joined) {
  const [link, leave] = item.children;
  const [, count] = link.children;
  const unread = isCurrent ? 0 : (joined?.unread ?? 0);
  link.ariaCurrent = isCurrent ? "page" : null;
  leave.hidden = isCurrent;
  showCount(count, unread);
  item.toggleAttribute("data-joined", joined !== undefined);
}

// The number is a text of its own: the word behind it is for screen readers.
function showCount(element, count) {
  element.hidden = count === 0;
  if (element.firstChild.data !== `${count}`) element.firstChild.data = `${count}`;
}

/** The people in the current room, the reader first. */
export function renderPeople(area, { connection, people, user: reader }) {
  area.hidden = connection !== "live" || people === null;
  if (area.hidden) return;
  const { users, anonymous, unlisted } = people;
  const others = users.filter(({ user }) => user !== reader);
  const sorted = [...users.filter(({ user }) => user === reader), ...others];
  const lines = sorted.slice(0, PEOPLE_LISTED).map(({ user, connections }) => [user, user === reader, connections]);
  const rest = sorted.length - lines.length + unlisted;
  // Rebuilt only when it is another list: screen readers may be in it.
  const shape = JSON.stringify([lines, rest, anonymous]);
  if (area.dataset.shape === shape) return;
  area.dataset.shape = shape;
  const [heading, list, more] = area.children;
  heading.lastElementChild.textContent = users.length + unlisted;
  list.replaceChildren(...lines.map((line) => personItem(...line)));
  more.textContent = [rest && `and ${rest} more`, anonymous && `${anonymous} without a name`].filter(Boolean).join(", ");
}

function personItem(user, isReader, connections) {
  const item = copyOf("person_template");
  const [name, self, count] = item.children;
  name.textContent = name.title = user;
  self.hidden = !isReader;
  count.hidden = connections < 2;
  count.textContent = `×${connections}`;
  count.title = `${connections} connections`;
  return item;
}

function copyOf(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}
