import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "../../lib/base/channel.ts";

/** Lets every promise that is ready run. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("send() settles when the reader asks for the next value", async () => {
  const channel = createChannel<number>();
  const reader = channel[Symbol.asyncIterator]();
  let settled = false;
  const sent = channel.send(1).then(() => settled = true);
  assert.deepEqual(await reader.next(), { done: false, value: 1 });
  await turn();
  assert.equal(settled, false);
  const next = reader.next();
  await sent;
  channel.close();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test("a reader may come before, and several senders may wait", async () => {
  const channel = createChannel<number>();
  const read = (async () => {
    const values: number[] = [];
    for await (const value of channel) values.push(value);
    return values;
  })();
  await turn();
  await Promise.all([channel.send(1), channel.send(2), channel.send(3)]);
  channel.close();
  channel.close(new Error("too late"));
  assert.deepEqual(await read, [1, 2, 3]);
});

test("close() with an error fails the reader after the values sent before, once", async () => {
  const failure = new Error("broken");
  const channel = createChannel<number>();
  const reader = channel[Symbol.asyncIterator]();
  const sent = channel.send(1);
  channel.close(failure);
  assert.deepEqual(await reader.next(), { done: false, value: 1 });
  await assert.rejects(channel.send(2), failure);
  await assert.rejects(reader.next(), failure);
  await sent;
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
});

test("close() reaches every reader that waits", async () => {
  for (const failure of [undefined, new Error("broken")]) {
    const channel = createChannel<number>();
    const reader = channel[Symbol.asyncIterator]();
    const reads = Promise.allSettled([reader.next(), reader.next()]);
    channel.close(failure);
    const [first, second] = await reads;
    assert.equal(first.status, failure === undefined ? "fulfilled" : "rejected");
    assert.deepEqual(second, { status: "fulfilled", value: { done: true, value: undefined } });
    assert.deepEqual(await reader.next(), { done: true, value: undefined });
  }
});

test("send() rejects once the channel is closed", async () => {
  const channel = createChannel<number>();
  channel.close();
  await assert.rejects(channel.send(1), { message: "Cannot send: the channel is closed" });
});

test("send() rejects when the reader leaves, also for what was read and what waits", async () => {
  const channel = createChannel<number>();
  const sends = Promise.allSettled([channel.send(1), channel.send(2)]);
  for await (const _ of channel) break;
  for (const { status } of await sends) assert.equal(status, "rejected");
  await assert.rejects(channel.send(3), { message: "Cannot send: the reader is gone" });
});

test("a reader that leaves ends its own pending read", async () => {
  const channel = createChannel<number>();
  const reader = channel[Symbol.asyncIterator]();
  const pending = reader.next();
  await reader.return?.();
  assert.deepEqual(await pending, { done: true, value: undefined });
});
