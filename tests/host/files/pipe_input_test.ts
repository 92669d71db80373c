import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, createWriteStream, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { platform } from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { readPipe } from "../../../lib/host/files/pipe_input.ts";
import { runtime } from "../../../lib/host/runtime.ts";
import { withDirectory } from "../temporary.ts";

/** Both ends of a pipe. */
interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** A test with a pipe, whose writer is left open to it. */
function testPipe(name: string, run: (pipe: Pipe) => Promise<void>): void {
  // The others read pipes as they do files.
  const skip = runtime !== "node" || platform === "win32";
  test(name, { skip }, () =>
    withDirectory(async (directory) => {
      const path = join(directory, "pipe");
      execFileSync("mkfifo", [path]);
      const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      await run({ reader, writer: openSync(path, "w") });
    }));
}

/** Writes all of it and closes the pipe. */
async function write(descriptor: number, data: Uint8Array): Promise<void> {
  const stream = createWriteStream("", { fd: descriptor });
  stream.end(data);
  await finished(stream);
}

for (const size of [0, 1, 65_537, 262_144, 524_288, 1_000_003]) {
  testPipe(`readPipe() reads ${size} bytes to their end`, async ({ reader, writer }) => {
    const data = new Uint8Array(size).map((_, index) => index >> 4);
    const writing = write(writer, data);
    const sizes: number[] = [];
    async function* seen(): AsyncIterable<Uint8Array<ArrayBuffer>> {
      for await (const chunk of readPipe(reader, undefined)) {
        sizes.push(chunk.length);
        yield chunk;
      }
    }
    assert.deepEqual(await collectBytes(seen()), data);
    await writing;
    assert.ok(sizes.every((one, at) => one === 262_144 || at === sizes.length - 1), `${sizes}`);
    assert.ok(sizes.every((one) => one > 0));
  });
}

testPipe("readPipe() closes the pipe when its reader stops, so that the producer does", async ({
  reader,
  writer,
}) => {
  const writing = assert.rejects(write(writer, new Uint8Array(1_000_000)), { code: "EPIPE" });
  for await (const chunk of readPipe(reader, undefined)) {
    assert.equal(chunk.length, 262_144);
    break;
  }
  await writing;
});

testPipe("readPipe() ends with the reason of a signal while its producer is silent", async ({
  reader,
  writer,
}) => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const read = collectBytes(readPipe(reader, controller.signal));
  writeSync(writer, Uint8Array.of(1, 2, 3));
  controller.abort(reason);
  await assert.rejects(read, reason);
  closeSync(writer);
});
