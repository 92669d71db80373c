import { test } from "node:test";
import assert from "node:assert/strict";
import { median, medianInterval } from "../../scripts/bench/statistics.ts";

test("median() is the value in the middle, or between the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

/** Of tables of the sign test: the rank of the lower end, and the confidence. */
const RANKS: readonly [count: number, rank: number, confidence: number][] = [
  [2, 1, 0.5],
  [5, 1, 0.9375],
  [6, 1, 0.96875],
  [9, 2, 0.9609],
  [12, 3, 0.9614],
  [20, 6, 0.9586],
  [21, 6, 0.9734],
  [25, 8, 0.9567],
];

test("medianInterval() lies between the ranks that the sign test names", () => {
  for (const [count, rank, confidence] of RANKS) {
    const values = Array.from({ length: count }, (_, index) => count - index);
    const interval = medianInterval(values);
    assert.equal(interval.low, rank, `${count} values`);
    assert.equal(interval.high, count + 1 - rank, `${count} values`);
    assert.equal(interval.confidence.toFixed(3), confidence.toFixed(3), `${count} values`);
  }
});

test("medianInterval() of one value is that value, and sure of nothing", () => {
  assert.deepEqual(medianInterval([7]), { low: 7, high: 7, confidence: 0 });
});
