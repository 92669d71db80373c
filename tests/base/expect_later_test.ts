import assert from "node:assert/strict";
import { test } from "node:test";
import { expectLater } from "../../lib/base/expect_later.ts";

test("expectLater() keeps a failure for whoever awaits it, and from counting as unhandled", async () => {
  const failing = Promise.reject(new Error("broken"));
  assert.equal(expectLater(failing), failing);
  // An unhandled rejection would end the test run at the end of this turn.
  await new Promise((resolve) => setTimeout(resolve));
  await assert.rejects(failing, /broken/);
});

test("expectLater() leaves a result as it is", async () => {
  assert.equal(await expectLater(Promise.resolve(7)), 7);
});
