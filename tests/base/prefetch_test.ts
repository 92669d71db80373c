import assert from "node:assert/strict";
import { test } from "node:test";
import { prefetch } from "../../lib/base/prefetch.ts";

/** Counts to a number, and notes what it was asked for. */
async function* counting(
  end: number,
  log: (number | "ended")[] = [],
): AsyncGenerator<number, void, undefined> {
  try {
    for (let value = 0; value < end; value++) {
      log.push(value);
      yield await Promise.resolve(value);
    }
  } finally {
    log.push("ended");
  }
}

/** Lets everything happen that waits for nothing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

for (const count of [0, 1, 3, 20]) {
  test(`prefetch() of ${count} gives all items in their order`, async () => {
    const items: number[] = [];
    for await (const item of prefetch(counting(10), count)) items.push(item);
    assert.deepEqual(items, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
}

test("prefetch() asks for as many items ahead as it was told, and for no more", async () => {
  const log: (number | "ended")[] = [];
  const items = prefetch(counting(10, log), 2);
  await settle();
  assert.deepEqual(log, []);
  await items.next();
  await settle();
  assert.deepEqual(log, [0, 1, 2]);
  await items.next();
  await settle();
  assert.deepEqual(log, [0, 1, 2, 3]);
  await items.return();
  assert.equal(log.at(-1), "ended");
});

test("prefetch() ends its source when its reader stops", async () => {
  const log: (number | "ended")[] = [];
  for await (const item of prefetch(counting(10, log), 3)) if (item === 1) break;
  assert.equal(log.at(-1), "ended");
});

test("prefetch() passes an error on after the items before it", async () => {
  async function* failing(): AsyncGenerator<number, void, undefined> {
    yield* counting(2);
    throw new Error("The third one is broken");
  }
  const items: number[] = [];
  await assert.rejects(async () => {
    for await (const item of prefetch(failing(), 5)) items.push(item);
  }, /The third one is broken/);
  assert.deepEqual(items, [0, 1]);
});

test("prefetch() says that it ends before its source has answered", async () => {
  let stopped = false;
  let made = 0;
  async function* source(): AsyncGenerator<number, void> {
    while (!stopped) {
      made++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield made;
    }
  }
  for await (const _ of prefetch(source(), 5, () => stopped = true)) break;
  assert.equal(made, 2);
});
