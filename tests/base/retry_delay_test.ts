import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelay } from "../../lib/base/retry_delay.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const options = { random: () => 0.5, now: () => NOW };

test("retryDelay() doubles up to 30 seconds, with full jitter", () => {
  const delays = [0, 1, 2, 3, 6, 7, 50].map((attempt) => retryDelay(attempt, options));
  assert.deepEqual(delays, [125, 250, 500, 1_000, 8_000, 15_000, 15_000]);
  assert.equal(retryDelay(3, { random: () => 0 }), 0);
  const delay = retryDelay(0);
  assert.ok(delay >= 0 && delay < 250);
});

test("retryDelay() honours Retry-After in both forms", () => {
  const cases = [
    ["3", 3_000],
    [" 0 ", 0],
    ["600", 600_000],
    ["Sat, 21 Nov 2026 12:00:10 GMT", 10_000],
    ["Saturday, 21-Nov-26 12:00:10 GMT", 10_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ] as const;
  for (const [retryAfter, expected] of cases) {
    assert.equal(retryDelay(0, { ...options, retryAfter }), expected, retryAfter);
  }
});

test("retryDelay() ignores a Retry-After that is neither", () => {
  for (const retryAfter of ["", "soon", "-1", "1.5", "Sat, nonsense", null, undefined]) {
    assert.equal(retryDelay(0, { ...options, retryAfter }), 125, String(retryAfter));
  }
});
