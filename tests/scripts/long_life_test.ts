import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { liveLong, type Vitals } from "../../scripts/long_life.ts";

/** On Deno test files share a process, whose memory and descriptors are then not this one's alone. */
async function liveAlone(count: number, samples: number): Promise<Vitals[]> {
  if (process.versions["deno"] === undefined) return await liveLong(count, samples);
  const script = fileURLToPath(new URL("../../scripts/long_life.ts", import.meta.url));
  const args = ["run", "-A", "--no-check", script, String(count), String(samples)];
  const lines = execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

test("a process lives long: calls leave no listener, descriptor or unhandled rejection behind", async () => {
  const vitals = await liveAlone(500, 2);
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
