import { test } from "node:test";
import assert from "node:assert/strict";
import { once } from "../../lib/base/once.ts";

test("once() makes one result for a key, also while it is still being made", async () => {
  const results = new Map<string, Promise<number>>();
  let made = 0;
  const make = (): Promise<number> => Promise.resolve(++made);
  assert.deepEqual(
    await Promise.all([
      once(results, "a", make),
      once(results, "a", make),
      once(results, "b", make),
    ]),
    [1, 1, 2],
  );
  assert.equal(await once(results, "a", make), 1);
});
