// Lines and areas over the last two minutes, as SVG. Colours are the style sheet's.

import { ceiling } from "./figures.js";

export const SPAN_MS = 120_000;
/** Points that are further apart are not connected. */
const TORN_MS = 3_500;

const [WIDTH, HEIGHT] = [240, 60];
const NAMESPACE = "http://www.w3.org/2000/svg";

/** A plot of so many series in an element; the answer draws it. */
export function plotIn(parent, seriesCount, isStacked) {
  const svg = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" }, parent);
  make("path", { d: [1, 2, 3].map((n) => `M${(n * WIDTH) / 4} 0V${HEIGHT}`).join(""), class: "grid" }, svg);
  // The last series of a stack is the highest, and must be behind the others.
  const numbers = [...Array(seriesCount).keys()];
  const shapes = new Map((isStacked ? numbers.toReversed() : numbers).map((n) => [n, shape(svg, n, isStacked)]));
  const cursor = make("path", { class: "cursor" }, svg);

  /** `series` are lists of numbers, one for each of `times`. Returns where the scale ends. */
  return function draw(times, series, least, at) {
    const layers = isStacked ? stack(series) : series;
    const numbers = layers.flat().filter(Number.isFinite);
    const top = ceiling(Math.max(least, ...numbers));
    const newest = times.at(-1);
    const x = (time) => round(WIDTH * (1 + (time - newest) / SPAN_MS));
    const y = (number) => round(HEIGHT * (1 - Math.min(number / top, 1)));
    layers.forEach((layer, n) => {
      const runs = runsOf(times, layer);
      const lines = runs.map((run) => "M" + run.map(([time, number]) => `${x(time)} ${y(number)}`).join("L"));
      const { area, line } = shapes.get(n);
      line.setAttribute("d", lines.join(""));
      area?.setAttribute("d", lines.map((d, i) => `${d}V${HEIGHT}H${x(runs[i][0][0])}Z`).join(""));
    });
    cursor.setAttribute("d", at === null ? "" : `M${x(at)} 0V${HEIGHT}`);
    return top;
  };
}

function shape(svg, n, isStacked) {
  const group = make("g", { class: `series s${n + 1}` }, svg);
  const area = n === 0 || isStacked ? make("path", { class: "area" }, group) : null;
  return { area, line: make("path", { class: "line" }, group) };
}

/** Each series on top of those before it. */
function stack(series) {
  const sums = [];
  return series.map((numbers) => numbers.map((number, i) => (sums[i] = (sums[i] ?? 0) + number)));
}

/** Points that belong together: what is not known, or was not heard, leaves a hole. */
function runsOf(times, numbers) {
  const runs = [];
  let last = -Infinity;
  times.forEach((time, i) => {
    const number = numbers[i];
    if (number === null) return (last = -Infinity);
    if (time - last > TORN_MS) runs.push([]);
    runs.at(-1).push([time, number]);
    last = time;
  });
  // A line to where it begins, so that a single point shows.
  return runs.map((run) => (run.length > 1 ? run : [run[0], run[0]]));
}

const round = (number) => Math.round(number * 10) / 10;

function make(name, attributes, parent) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return parent.appendChild(element);
}
