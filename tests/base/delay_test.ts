import assert from "node:assert/strict";
import { test } from "node:test";
import { delay } from "../../lib/base/delay.ts";

test("delay() settles after its time", async () => {
  const order: string[] = [];
  await Promise.all([
    delay(100).then(() => order.push("late")),
    delay(0, { signal: new AbortController().signal }).then(() => order.push("early")),
  ]);
  assert.deepEqual(order, ["early", "late"]);
});

test("delay() rejects with the signal's reason as soon as it is aborted", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const waiting = delay(3_600_000, { signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(waiting, reason);
});

test("delay() waits as long as timers can where it is told to wait longer", async () => {
  let settled = false;
  const controller = new AbortController();
  const waiting = delay(1e11, { signal: controller.signal }).finally(() => settled = true);
  await delay(5);
  assert.equal(settled, false);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
});

test("delay() does not start when the signal is aborted already", async () => {
  const reason = new Error("enough");
  await assert.rejects(delay(3_600_000, { signal: AbortSignal.abort(reason) }), reason);
});
