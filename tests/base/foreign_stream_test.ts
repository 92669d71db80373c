import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { Readable, Stream } from "node:stream";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { type ForeignStream, fromForeignStream } from "../../lib/base/foreign_stream.ts";

/** A stream of Node's first years: events and `pipe`, and nothing to iterate. */
class Old extends EventEmitter {
  paused = 0;
  resumed = 0;
  destroyed = 0;
  pipe(): void {}
  pause(): void {
    this.paused++;
  }
  resume(): void {
    this.resumed++;
  }
  destroy(): void {
    this.destroyed++;
  }
}

async function textOf(stream: ForeignStream): Promise<string> {
  return new TextDecoder().decode(await collectBytes(fromForeignStream(stream, "the blob")));
}

async function* pieces(): AsyncIterable<Uint8Array | string> {
  yield await Promise.resolve("grün ");
  yield new TextEncoder().encode("gelb");
}

test("streams of the web, iterables and Node's own are read", async () => {
  const web = new ReadableStream<Uint8Array>({
    start(controller): void {
      controller.enqueue(new TextEncoder().encode("grün gelb"));
      controller.close();
    },
  });
  assert.equal(await textOf(web), "grün gelb");
  assert.equal(await textOf(pieces()), "grün gelb");
  assert.equal(await textOf(Readable.from(pieces())), "grün gelb");
});

test("an old stream is read, what it told before it was asked included", async () => {
  const old = new Old();
  const content = fromForeignStream(old, "the blob");
  old.emit("data", "grün ");
  old.emit("data", new TextEncoder().encode("ge"));
  assert.equal(old.paused, 2);
  const text = collectBytes(content);
  await Promise.resolve();
  old.emit("data", Buffer.from("lb"));
  old.emit("end");
  old.emit("close");
  assert.equal(new TextDecoder().decode(await text), "grün gelb");
  assert.equal(old.destroyed, 0);
});

test("an old stream goes on only when something is asked of it", async () => {
  const old = new Old();
  const iterator = fromForeignStream(old, "the blob")[Symbol.asyncIterator]();
  assert.equal(old.resumed, 0);
  const first = iterator.next();
  await Promise.resolve();
  assert.equal(old.resumed, 1);
  old.emit("data", "a");
  assert.equal((await first).value?.length, 1);
  assert.equal(old.resumed, 1);
  await iterator.return?.();
  assert.equal(old.destroyed, 1);
});

test("the stream class of Node that can only be piped is read", async () => {
  const old = new Stream();
  const text = textOf(old as unknown as ForeignStream);
  setTimeout(() => {
    old.emit("data", "a");
    old.emit("end");
  });
  assert.equal(await text, "a");
});

for (const event of ["close", "abort"]) {
  test(`an old stream that ends with "${event}" before its end fails`, async () => {
    const old = new Old();
    const text = textOf(old);
    old.emit("data", "a");
    old.emit(event);
    await assert.rejects(text, /Cannot read the blob: the stream was closed before its end/);
  });
}

test("an old stream's error is told when it is read, however early it came", async () => {
  const old = new Old();
  const content = fromForeignStream(old, "the blob");
  old.emit("error", new Error("gone"));
  await assert.rejects(collectBytes(content), /gone/);
});

test("a stream of Node that fails before it is read does not end the program", async () => {
  const broken = new Readable({ read(): void {} });
  const content = fromForeignStream(broken, "the blob");
  broken.destroy(new Error("gone"));
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(collectBytes(content), /gone/);
});

const WRONG: readonly (readonly [value: unknown, message: RegExp])[] = [
  [undefined, /Cannot read the blob: expected bytes, text or a stream, got undefined/],
  [null, /got null/],
  [5, /got number/],
  [{ on(): void {} }, /got object/],
];

for (const [value, message] of WRONG) {
  test(`what is no stream is refused: ${message.source}`, () => {
    assert.throws(() => fromForeignStream(value as ForeignStream, "the blob"), {
      name: "TypeError",
      message,
    });
  });
}

test("a chunk that is neither bytes nor text is refused", async () => {
  await assert.rejects(textOf(Readable.from([1]) as ForeignStream), {
    name: "TypeError",
    message: /a chunk of the blob: expected bytes or text, got number/,
  });
});
