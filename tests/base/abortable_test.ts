import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable } from "../../lib/base/abortable.ts";

const never = (): Promise<never> => new Promise(() => {});

test("abortable() gives what its promise gives", async () => {
  const { signal } = new AbortController();
  assert.equal(await abortable(Promise.resolve(5), signal), 5);
  assert.equal(await abortable(Promise.resolve(5), undefined), 5);
  await assert.rejects(abortable(Promise.reject(new Error("broken")), signal), /^Error: broken$/);
});

test("abortable() stops waiting when its signal is aborted, before or meanwhile", async () => {
  const controller = new AbortController();
  const waiting = abortable(never(), controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /^Error: enough$/);
  await assert.rejects(abortable(never(), controller.signal), /^Error: enough$/);
});
