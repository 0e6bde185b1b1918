// Two snapshots become the figures of the time between them. All of it is pure.

const PREFIXES = ["", "k", "M", "G", "T"];

/** What is shown of a moment: `time` in ms, and figures, of which those are null that are not known. */
export function figuresOf(before, after) {
  const follows = before?.started_ms === after.started_ms && after.ms > before.ms;
  const seconds = follows ? (after.ms - before.ms) / 1_000 : NaN;
  const rate = (count) => (follows ? Math.max(count(after) - count(before), 0) / seconds : null);
  const lag = follows ? after.lag.map(([end, count], i) => [end, count - before.lag[i][1]]) : [];
  return {
    time: after.time_ms,
    subscribers: Object.fromEntries(after.subscribers),
    events: rate((it) => it.published),
    deliveries: rate((it) => it.deliveries),
    bytes: rate((it) => it.sent_bytes),
    p50: quantile(lag, 0.5),
    p99: quantile(lag, 0.99),
    behind: after.behind,
    waiting: after.pump_lag,
    gaps: rate((it) => it.gaps),
    refused: rate((it) => it.unpublished + it.turned_away + sum(it.refused.map(([, count]) => count))),
    memory: after.memory,
    cpu: after.cpu === null ? null : rate((it) => it.cpu * 100),
  };
}

/** Events per second, of some that came in the time that was looked at. */
export const rateOf = (events, { span_ms: ms }) => (events * 1_000) / ms;

/** The least end of a range, in ms, that so great a part did not exceed; null if there was nothing. */
export function quantile(ranges, part) {
  const all = ranges.at(-1)?.[1];
  if (!all) return null;
  const [end] = ranges.find(([, count]) => count >= part * all);
  return end ?? Infinity;
}

export const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

/** The next of 1, 2, 5, 10, 20, … that is no less: where a plot's scale ends. */
export function ceiling(number) {
  const ten = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  return ten * [1, 2, 5, 10].find((step) => step * ten >= number);
}

/** A number in three digits or so, with a unit. */
export function count(number, unit = "") {
  if (number === null) return "–";
  let power = 0;
  for (; number >= 999.5 && power < PREFIXES.length - 1; power += 1) number /= 1_000;
  const digits = number >= 99.95 || Number.isInteger(number) ? 0 : number >= 9.995 ? 1 : 2;
  return `${number.toFixed(digits)} ${PREFIXES[power]}${unit}`.trim();
}

export const bytes = (number) => count(number, "B");

/** The end of a range. */
export function upTo(ms) {
  if (ms === null) return "–";
  if (ms === Infinity) return "> 10 s";
  return ms < 1_000 ? `≤ ${ms} ms` : `≤ ${ms / 1_000} s`;
}

const SPANS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

/** A span of time in its largest unit. */
export function span(ms) {
  const [unit, name] = SPANS.find(([unit]) => ms >= unit) ?? SPANS[3];
  return `${Math.max(Math.floor(ms / unit), 0)} ${name}`;
}
