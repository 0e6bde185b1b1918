// The dashboard's figures: what two snapshots say of the second between them, and how numbers are shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bytes, ceiling, count, figuresOf, quantile, rateOf, span, upTo } from "../../static/js/dashboard/figures.js";

const FIRST = {
  ms: 1_000, time_ms: 61_000, started_ms: 60_000,
  subscribers: [["text", 2]], behind: 1, pump_lag: 3,
  published: 10, unpublished: 0, deliveries: 20, sent_bytes: 300, gaps: 0, turned_away: 0,
  refused: [["access", 1], ["late", 0]],
  lag: [[1, 8], [2.5, 10], [null, 10]],
  memory: 5, cpu: 1,
};

test("what only grows becomes a rate", () => {
  const next = {
    ...FIRST, ms: 3_000, time_ms: 63_000, published: 14, deliveries: 20, sent_bytes: 2_300, gaps: 1, turned_away: 1,
    refused: [["access", 2], ["late", 2]], lag: [[1, 8], [2.5, 11], [null, 12]], cpu: 1.5,
  };
  assert.deepEqual(figuresOf(FIRST, next), {
    time: 63_000, subscribers: { text: 2 }, events: 2, deliveries: 0, bytes: 1_000,
    p50: 2.5, p99: Infinity, behind: 1, waiting: 3, gaps: 0.5, refused: 2, memory: 5, cpu: 25,
  });
});

test("nothing is known of a second that nobody saw the beginning of", () => {
  const restarted = { ...FIRST, ms: 5_000, started_ms: 65_000 };
  for (const figures of [figuresOf(null, FIRST), figuresOf(FIRST, restarted), figuresOf(FIRST, FIRST)]) {
    assert.deepEqual([figures.events, figures.p50, figures.cpu, figures.memory], [null, null, null, 5]);
  }
  assert.equal(figuresOf(FIRST, { ...FIRST, ms: 2_000, cpu: null }).cpu, null);
});

test("a quantile is the end of its range", () => {
  const ranges = [[1, 50], [2.5, 98], [5, 99], [null, 100]];
  assert.deepEqual([0.5, 0.51, 0.98, 0.99, 1].map((part) => quantile(ranges, part)), [1, 2.5, 2.5, 5, Infinity]);
  assert.deepEqual([[], [[1, 0], [null, 0]]].map((none) => quantile(none, 0.5)), [null, null]);
});

test("events of a span become a rate", () => {
  assert.deepEqual([rateOf(20, { span_ms: 10_000 }), rateOf(4_096, { span_ms: 500 })], [2, 8_192]);
});

test("a scale ends at a round number", () => {
  assert.deepEqual([0, 1, 1.5, 5, 6, 999, 2e6].map(ceiling), [1, 1, 2, 5, 10, 1_000, 2e6]);
});

test("numbers have three digits or so", () => {
  const shown = [null, 0, 0.333, 7, 12.34, 123.4, 999.4, 999.5, 1_234, 12_345_678];
  assert.deepEqual(shown.map((number) => count(number)), ["–", "0", "0.33", "7", "12.3", "123", "999", "1.00 k", "1.23 k", "12.3 M"]);
  assert.deepEqual([null, 999, 1_000, 2.5e9].map(bytes), ["–", "999 B", "1 kB", "2.50 GB"]);
  assert.deepEqual([null, 2.5, 1_000, Infinity].map(upTo), ["–", "≤ 2.5 ms", "≤ 1 s", "> 10 s"]);
  assert.deepEqual([-5, 59_999, 60_000, 90_000_000].map(span), ["0 s", "59 s", "1 min", "1 d"]);
});
