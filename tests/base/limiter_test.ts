import assert from "node:assert/strict";
import { test } from "node:test";
import { createLimiter } from "../../lib/base/limiter.ts";

test("createLimiter() runs no more tasks at a time than its limit, in order", async () => {
  const limiter = createLimiter(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.all(
    [0, 1, 2, 3, 4].map((index) =>
      limiter(async () => {
        started.push(index);
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
        return index * 2;
      })
    ),
  );
  assert.deepEqual(results, [0, 2, 4, 6, 8]);
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
  assert.equal(most, 2);
});

test("createLimiter() frees the place of a task that fails", async () => {
  const limiter = createLimiter(1);
  await assert.rejects(limiter(() => Promise.reject(new Error("broken"))), { message: "broken" });
  assert.equal(await limiter(() => Promise.resolve("next")), "next");
});

test("createLimiter() rejects a limit that lets nothing run", () => {
  for (const limit of [0, -1, 1.5, NaN]) assert.throws(() => createLimiter(limit), RangeError);
});
