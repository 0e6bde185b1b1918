// Shows what is known: cards with plots, the busiest topics, the server, and all of it as a table.

import { bytes, count, rateOf, span, sum, upTo } from "./figures.js";
import { plotIn } from "./plot.js";

const TRANSPORTS = [
  ["text", "text"], ["json", "JSON"], ["ndjson", "lines"], ["poll", "polls"], ["mercure", "Mercure"], ["embedded", "embedded"],
];

const perSecond = (number) => count(number, "/s").replace(" /", "/");
const bytesPerSecond = (number) => count(number, "B/s");
const percent = (number) => count(number, "%");
const one = (name, key, format, least) => ({ name, format, least, series: [[name, (it) => it[key]]] });

/** A plot's scale ends at `least` or beyond. The headline is that of the last series, or the sum of a stack. */
const CARDS = [
  { name: "Subscribers", format: count, least: 5, isStacked: true,
    series: TRANSPORTS.map(([key, name]) => [name, (it) => it.subscribers[key]]) },
  one("Events", "events", perSecond, 5),
  one("Deliveries", "deliveries", perSecond, 5),
  { name: "Delivery lag", format: upTo, least: 5, series: [["p99", (it) => it.p99], ["p50", (it) => it.p50]] },
  one("Sent", "bytes", bytesPerSecond, 5_000),
  { name: "Behind", format: count, least: 5,
    series: [["subscribers", (it) => it.behind], ["events to offer", (it) => it.waiting]] },
  { name: "Trouble", format: perSecond, least: 1, series: [["refusals", (it) => it.refused], ["gaps", (it) => it.gaps]] },
  one("Memory", "memory", bytes, 10e6),
  one("Processor", "cpu", percent, 100),
];

const byId = (id) => document.getElementById(id);

/** Makes the cards; the answer shows a history, at its end or at the time `at`. */
export function startView() {
  const cards = CARDS.map(startCard);
  return function render({ history, snapshot, at }) {
    const shown = history.findLast(({ time }) => at === null || time <= at) ?? history[0];
    for (const card of cards) card(history, shown, at);
    document.querySelector("main").removeAttribute("data-empty");
    renderTopics(snapshot);
    renderServer(snapshot);
  };
}

function startCard({ name, format, least, series, isStacked }) {
  const figure = byId("card_template").content.firstElementChild.cloneNode(true);
  const [caption, area] = figure.children;
  const [heading, now, legend] = caption.children;
  heading.textContent = name;
  figure.dataset.card = name;
  byId("plots").append(figure);
  const draw = plotIn(area, series.length, isStacked);
  const items = series.length > 1 ? series.map(([label], n) => legendItem(legend, label, n)) : [];
  const rows = series.map(([label]) => tableRow(series.length > 1 ? `${name}: ${label}` : name));

  return function card(history, shown, at) {
    const numbers = series.map(([, of]) => history.map(of));
    const values = series.map(([, of]) => of(shown));
    setText(now, format(isStacked ? sum(values) : values[0]));
    const top = draw(history.map(({ time }) => time), numbers, least, at === null ? null : shown.time);
    setText(area.firstElementChild, format(top).replace("≤ ", ""));
    rows.forEach((row, n) => {
      fillRow(row, numbers[n], format);
      row.hidden = isStacked && !numbers[n].some(Boolean);
      if (!items[n]) return;
      items[n].hidden = row.hidden;
      setText(items[n].lastElementChild, format(values[n]));
    });
  };
}

function legendItem(legend, label, n) {
  const item = element("span", "", legend);
  element("i", "", item).className = `key s${n + 1}`;
  item.append(`${label} `);
  element("b", "", item);
  return item;
}

function tableRow(name) {
  const row = element("tr", "", byId("figures").tBodies[0]);
  element("th", name, row).scope = "row";
  for (let n = 0; n < 3; n += 1) element("td", "–", row);
  return row;
}

function fillRow(row, numbers, format) {
  const known = numbers.filter((number) => number !== null);
  const [, now, mean, most] = row.cells;
  setText(now, format(numbers.at(-1)));
  // The mean of the ends of ranges would say nothing.
  setText(mean, known.length && format !== upTo ? format(sum(known) / known.length) : "–");
  setText(most, known.length ? format(Math.max(...known)) : "–");
}

function renderTopics({ topics, liveliest }) {
  byId("credential_button").hidden = topics !== null;
  rank(byId("topics"), topics?.topics ?? [], (subscribers) => `${subscribers}`);
  setText(byId("topics_note"), noteOf(topics));
  rank(byId("liveliest"), liveliest?.topics ?? [], (events) => perSecond(rateOf(events, liveliest)));
  setText(byId("liveliest_note"), noteOfLiveliest(liveliest));
}

/** Shows topics in a table, each with its number, the highest first. */
function rank(table, topics, format) {
  const [body] = table.tBodies;
  table.hidden = topics.length === 0;
  while (body.rows.length > topics.length) body.lastElementChild.remove();
  topics.forEach(([topic, count], i) => {
    const [name, number] = (body.rows[i] ?? topicRow(body)).cells;
    setText(name.firstElementChild, topic);
    name.title = topic;
    number.style.setProperty("--part", count / topics[0][1]);
    setText(number, format(count));
  });
}

function topicRow(body) {
  const row = element("tr", "", body);
  element("bdi", "", element("th", "", row)).parentElement.scope = "row";
  element("td", "", row);
  return row;
}

function noteOf(found) {
  if (found === null) return "Their names are for those who may read all of them.";
  const { topics, looked_at: seen, known } = found;
  if (known === 0) return "Nobody has subscribed to a topic by its name.";
  const listed = topics.length < known ? `${topics.length} of ${known}, those with most subscribers` : "All, most subscribers first";
  return listed + (seen < known ? ` among the ${seen} that were looked at.` : ".");
}

function noteOfLiveliest(found) {
  if (found === null) return "Their names are for those who may read all of them.";
  if (found.events === 0) return "No events in the last 10 s.";
  return `Most events first, of the ${count(found.events)} of the last ${span(found.span_ms)}.`;
}

function renderServer(it) {
  const refused = it.refused.filter(([, number]) => number).map(([reason, number]) => `${reason} ${count(number)}`);
  const facts = {
    Takes: it.trouble ? "nothing" : "events and subscribers",
    Connections: count(it.connections),
    "Found no place": count(it.turned_away),
    "Events stored": count(it.published),
    "Not stored": count(it.unpublished),
    Refused: refused.join(", ") || "none",
    "Gaps told": count(it.gaps),
    Log: `${count(it.log_events)} events, ${bytes(it.log_bytes)}`,
  };
  const list = byId("server");
  Object.entries(facts).forEach(([name, value], i) => {
    if (!list.children[2 * i]) element("dt", name, list);
    setText(list.children[2 * i + 1] ?? element("dd", "", list), value);
  });
  setText(byId("about"), `${it.version}, up for ${span(it.time_ms - it.started_ms)}`);
  byId("trouble").hidden = !it.trouble;
  setText(byId("trouble"), it.trouble ? `Not ready: ${it.trouble}.` : "");
}

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  return parent.appendChild(made);
}

/** Sets a text if it is another one. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
