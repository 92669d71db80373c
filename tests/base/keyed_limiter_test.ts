import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedLimiter } from "../../lib/base/keyed_limiter.ts";

/** Asks for turns and notes which of them have come. */
function taker(limiter: KeyedLimiter): {
  readonly take: (name: string, ...keys: string[]) => Promise<() => void>;
  readonly begun: string[];
} {
  const begun: string[] = [];
  return {
    begun,
    take: async (name, ...keys) => {
      const end = await limiter.acquire(keys);
      begun.push(name);
      return end;
    },
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("KeyedLimiter lets those pass whose keys are free", async () => {
  const { take, begun } = taker(new KeyedLimiter({ total: 3, each: 1 }));
  const first = take("a1", "a");
  void take("a2", "a");
  void take("b1", "b");
  void take("ab", "a", "b");
  await settle();
  assert.deepEqual(begun, ["a1", "b1"]);
  (await first)();
  await settle();
  assert.deepEqual(begun, ["a1", "b1", "a2"]);
});

test("KeyedLimiter limits all together, in order", async () => {
  const { take, begun } = taker(new KeyedLimiter({ total: 2, each: 2 }));
  const ends = ["1", "2", "3", "4"].map((name) => take(name, name));
  await settle();
  assert.deepEqual(begun, ["1", "2"]);
  (await ends[1])?.();
  await settle();
  assert.deepEqual(begun, ["1", "2", "3"]);
});

test("KeyedLimiter says when there is room among those that wait", async () => {
  const limiter = new KeyedLimiter({ total: 1, each: 1 });
  const end = await limiter.acquire([]);
  const turns = [limiter.acquire([]), limiter.acquire([])];
  let hasRoom = false;
  const room = limiter.room(2).then(() => hasRoom = true);
  await settle();
  assert.equal(hasRoom, false);
  end();
  await room;
  (await turns[0])?.();
  (await turns[1])?.();
});

test("KeyedLimiter refuses limits that are none", () => {
  for (const total of [0, -1, 1.5, NaN]) {
    assert.throws(() => new KeyedLimiter({ total, each: 1 }), RangeError);
    assert.throws(() => new KeyedLimiter({ total: 1, each: total }), RangeError);
  }
});
