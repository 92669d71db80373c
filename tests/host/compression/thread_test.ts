import assert from "node:assert/strict";
import { test } from "node:test";
import { delay } from "../../../lib/base/delay.ts";
import { Thread } from "../../../lib/host/compression/thread.ts";

const DOUBLE = `
const thread = {
  prepare: ({ factor }) => (bytes) => {
    if (bytes === "nothing") throw new Error("nothing to multiply");
    const product = Uint8Array.from(bytes, (byte) => byte * factor);
    return [product, [product.buffer]];
  },
};
`;

test("Thread answers in order, and takes over the buffers that it is given", async () => {
  const thread = new Thread(DOUBLE, { factor: 3 }, "multiply");
  try {
    const questions = [1, 2, 3].map((byte) => Uint8Array.of(byte));
    const answers = questions.map((bytes) => thread.ask<Uint8Array>(bytes, [bytes.buffer]));
    assert.equal(thread.load, 3);
    assert.deepEqual((await Promise.all(answers)).map(([byte]) => byte), [3, 6, 9]);
    assert.equal(thread.load, 0);
    for (const { length } of questions) assert.equal(length, 0, "the buffer was copied");
  } finally {
    await thread.close();
  }
});

test("Thread passes a failure on to all who wait, and to those who come later", async () => {
  const thread = new Thread(DOUBLE, { factor: 1 }, "multiply");
  try {
    const isFailure = ({ message, cause }: Error): boolean =>
      message === "Cannot multiply in a thread: it failed" &&
      cause instanceof Error && cause.message === "nothing to multiply";
    const waiting = [thread.ask("nothing", []), thread.ask("nothing", [])];
    for (const answer of waiting) await assert.rejects(answer, isFailure);
    await assert.rejects(thread.ask(new Uint8Array(1), []), isFailure);
  } finally {
    await thread.close();
  }
});

test("Thread ends when nobody asks, and starts again", async () => {
  const thread = new Thread(DOUBLE, { factor: 2 }, "multiply", 20);
  try {
    for (const byte of [4, 5]) {
      assert.deepEqual(await thread.ask(Uint8Array.of(byte), []), Uint8Array.of(2 * byte));
      await delay(100);
    }
  } finally {
    await thread.close();
  }
});

test("Thread lets the process end where its owner forgot it", async () => {
  const thread = new Thread(DOUBLE, { factor: 2 }, "multiply", 20);
  assert.deepEqual(await thread.ask(Uint8Array.of(4), []), Uint8Array.of(8));
});

test("Thread leaves nobody waiting when it is closed", async () => {
  const thread = new Thread("const thread = { prepare: () => () => { for (;;); } };", {}, "finish");
  const answer = thread.ask(0, []);
  answer.catch(() => {});
  await thread.close();
  await assert.rejects(answer, /Cannot finish in a thread: it (?:was )?ended/);
});
