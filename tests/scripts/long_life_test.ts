import assert from "node:assert/strict";
import { test } from "node:test";
import { liveLong } from "../../scripts/long_life.ts";

test("a process lives long: calls leave no listener, descriptor or unhandled rejection behind", async () => {
  const vitals = await liveLong(500, 2);
  const [half, end] = vitals;
  assert.ok(half !== undefined && end !== undefined);
  assert.deepEqual(
    vitals.map(({ calls, listeners, unhandled }) => [calls, listeners, unhandled]),
    [[250, 0, 0], [500, 0, 0]],
  );
  // Resident memory swings by the collector: threads that an aborted call leaves behind take more.
  assert.ok(end.descriptors <= half.descriptors + 8, JSON.stringify(vitals));
  assert.ok(end.memory <= half.memory + 200, JSON.stringify(vitals));
});
