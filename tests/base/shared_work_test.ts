import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedWork } from "../../lib/base/shared_work.ts";

/** Work that never ends by itself, and tells when it is given up. */
function endless(): { work: SharedWork<never>; signal: () => AbortSignal | undefined } {
  let given: AbortSignal | undefined;
  const work = new SharedWork<never>((signal) => {
    given = signal;
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  });
  return { work, signal: () => given };
}

test("SharedWork gives everybody its result, also later", async () => {
  let times = 0;
  const work = new SharedWork(() => Promise.resolve(++times));
  assert.deepEqual(await Promise.all([work.wait(), work.wait()]), [1, 1]);
  assert.equal(await work.wait(), 1);
  assert.equal(work.isLost, false);
});

test("SharedWork goes on for the others when one gives up", async () => {
  let finish = (_: string): void => {};
  const work = new SharedWork<string>(() => new Promise((resolve) => finish = resolve));
  const controller = new AbortController();
  const one = work.wait(controller.signal);
  const other = work.wait();
  controller.abort(new Error("enough"));
  await assert.rejects(one, /^Error: enough$/);
  finish("done");
  assert.equal(await other, "done");
  assert.equal(work.isLost, false);
});

test("SharedWork is aborted and lost when the last one gives up", async () => {
  const { work, signal } = endless();
  const controllers = [new AbortController(), new AbortController()];
  const waiting = controllers.map((controller) => work.wait(controller.signal));
  for (const controller of controllers) {
    assert.equal(signal()?.aborted ?? false, false);
    controller.abort(new Error("enough"));
    await assert.rejects(waiting.shift() ?? Promise.resolve(), /^Error: enough$/);
  }
  assert.deepEqual([work.isLost, signal()?.reason], [true, new Error("enough")]);
});

test("SharedWork that fails is lost, and tells everybody", async () => {
  const work = new SharedWork(() => {
    throw new Error("broken");
  });
  await assert.rejects(work.wait(), /^Error: broken$/);
  assert.equal(work.isLost, true);
  await assert.rejects(work.wait(), /^Error: broken$/);
});
