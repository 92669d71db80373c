import assert from "node:assert/strict";
import { test } from "node:test";
import { onAbort } from "../../lib/base/on_abort.ts";

/** A signal that counts the listeners that it has. */
function counted(): { controller: AbortController; count: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((...values: Parameters<typeof add>) => {
    listeners.add(values[1]);
    add(...values);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...values: Parameters<typeof remove>) => {
    listeners.delete(values[1]);
    remove(...values);
  }) as typeof signal.removeEventListener;
  return { controller, count: () => listeners.size };
}

test("onAbort() calls all who wait, once, in their order", () => {
  const controller = new AbortController();
  const called: number[] = [];
  for (const number of [1, 2, 3]) onAbort(controller.signal, () => called.push(number));
  controller.abort();
  controller.abort();
  assert.deepEqual(called, [1, 2, 3]);
});

test("onAbort() has one listener for all who wait, and none when nobody does", () => {
  const { controller, count } = counted();
  const ends = Array.from({ length: 50 }, () => onAbort(controller.signal, () => {}));
  assert.equal(count(), 1);
  for (const end of ends) end();
  for (const end of ends) end();
  assert.equal(count(), 0);
  let called = 0;
  onAbort(controller.signal, () => called++);
  assert.equal(count(), 1);
  controller.abort();
  assert.equal(called, 1);
});

test("onAbort() does not call one who waits no longer, even if that is said while others are called", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const end = onAbort(controller.signal, () => called.push("ended before"));
  onAbort(controller.signal, () => {
    called.push("first");
    endLast();
  });
  const endLast = onAbort(controller.signal, () => called.push("ended meanwhile"));
  end();
  controller.abort();
  assert.deepEqual(called, ["first"]);
});

test("onAbort() calls a function twice that waits twice", () => {
  const controller = new AbortController();
  let called = 0;
  const call = (): number => called++;
  onAbort(controller.signal, call);
  const end = onAbort(controller.signal, call);
  onAbort(controller.signal, call);
  end();
  controller.abort();
  assert.equal(called, 2);
});

test("onAbort() waits for no signal, and for none that is aborted", () => {
  let called = 0;
  onAbort(undefined, () => called++)();
  onAbort(AbortSignal.abort(), () => called++)();
  assert.equal(called, 0);
});
