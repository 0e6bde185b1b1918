// Brings the list of messages in line with the transcript: one child per entry, text only.

/** Messages by one person within this time of each other read as one turn. */
const TURN_PAUSE_MS = 3 * 60 * 1000;

/** A screen reader reads out up to this many messages; more at once is history, to be read at leisure. */
const SPOKEN_AT_ONCE = 5;
/** By then a screen reader has passed over the history. */
const HUSH_MS = 1_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** Drops the children that are no longer kept and appends the new ones; calling it again changes nothing. */
export function renderMessages(list, entries, reader) {
  const oldest = entries[0]?.key ?? Infinity;
  while (list.firstElementChild && keyOf(list.firstElementChild) < oldest) list.firstElementChild.remove();

  const newest = list.lastElementChild ? keyOf(list.lastElementChild) : 0;
  const from = entries.findLastIndex((entry) => entry.key <= newest) + 1;
  if (entries.length - from > SPOKEN_AT_ONCE) hush(list.closest("[aria-live]"));
  for (let i = from; i < entries.length; i += 1) list.append(element(entries[i], entries[i - 1]));

  if (entries[0]) setPlace(list.firstElementChild, entries[0], undefined);
  markOwn(list, reader);
  return entries.length - from;
}

function hush(region) {
  region.ariaLive = "off";
  setTimeout(() => (region.ariaLive = "polite"), HUSH_MS);
}

function keyOf(item) {
  return Number(item.dataset.key);
}

function element(entry, previous) {
  const template = document.getElementById(`${entry.kind}_template`);
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.key = entry.key;
  if (entry.kind === "message") fill(item, entry);
  setPlace(item, entry, previous);
  return item;
}

function fill(item, { user, text, time }) {
  item.dataset.user = user;
  item.querySelector(".name").textContent = user;
  item.querySelector(".text").textContent = text;
  if (time === undefined) return;
  const when = item.querySelector("time");
  when.dateTime = new Date(time).toISOString();
  when.textContent = clock.format(time);
  item.querySelector(".text").title = exact.format(time);
}

// Where a message stands among its neighbours: opening a day, opening a turn, or going on with one.
function setPlace(item, entry, previous) {
  if (entry.kind !== "message") return;
  const day = dayOf(entry);
  const opensDay = day !== "" && day !== dayOf(previous);
  item.querySelector(".day").textContent = opensDay ? day : "";
  item.toggleAttribute("data-continues", !opensDay && continues(entry, previous));
}

function dayOf(entry) {
  return entry?.time === undefined ? "" : calendar.format(entry.time);
}

function continues(entry, previous) {
  return previous?.user === entry.user && entry.time - previous.time < TURN_PAUSE_MS;
}

function markOwn(list, reader) {
  for (const item of list.children) item.toggleAttribute("data-own", item.dataset.user === reader);
}
