import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { closeSync, constants, createWriteStream, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { finished } from "node:stream/promises";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { readStandardInput } from "../../../lib/host/files/standard_input.ts";
import { runtime } from "../../../lib/host/runtime.ts";
import { withDirectory } from "../temporary.ts";

test("readStandardInput() reads a file to its end", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "input");
    const data = new Uint8Array(600_000).map((_, index) => index >> 4);
    await writeFile(path, data);
    const descriptor = openSync(path, "r");
    assert.deepEqual(await collectBytes(readStandardInput({ descriptor })), data);
    closeSync(descriptor);
  });
});

test("readStandardInput() closes the descriptor when its reader stops, so that the producer does", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "input");
    await writeFile(path, new Uint8Array(1_000_000));
    const descriptor = openSync(path, "r");
    for await (const chunk of readStandardInput({ descriptor })) {
      assert.equal(chunk.length, 262_144);
      break;
    }
    assert.throws(() => closeSync(descriptor), { code: "EBADF" });
  });
});

test("readStandardInput() rejects a directory", async () => {
  await withDirectory(async (directory) => {
    const file = await open(directory, "r");
    await assert.rejects(collectBytes(readStandardInput({ descriptor: file.fd })), {
      message: "Cannot read standard input: it is a directory",
    });
    await file.close().catch(() => {});
  });
});

test("readStandardInput() ends with the reason of an aborted signal", async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(collectBytes(readStandardInput({ descriptor: 0, signal })), reason);
});

for (const size of [65_537, 600_000]) {
  test(`readStandardInput() reads ${size} bytes of a pipe that another program fills`, {
    skip: platform === "win32",
  }, () =>
    withDirectory(async (directory) => {
      const pipe = join(directory, "pipe");
      const data = new Uint8Array(size).map((_, index) => index >> 4);
      await writeFile(`${pipe}.data`, data);
      execFileSync("mkfifo", [pipe]);
      const descriptor = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      // Open until all of it is written: without a writer, a pipe has come to its end.
      const writer = openSync(pipe, "w");
      execFile("sh", ["-c", 'cat "$0.data" >"$0"', pipe], () => closeSync(writer));
      assert.deepEqual(await collectBytes(readStandardInput({ descriptor })), data);
    }));
}

/** Both ends of a pipe. */
interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** A test with a pipe. */
function testPipe(name: string, run: (pipe: Pipe) => Promise<void>): void {
  // Windows has no pipes among its files, and Deno and Bun wait for what opens one of these without waiting.
  test(
    name,
    { skip: platform === "win32" || runtime !== "node" },
    () =>
      withDirectory(async (directory) => {
        const path = join(directory, "pipe");
        execFileSync("mkfifo", [path]);
        const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
        await run({ reader, writer: openSync(path, "w") });
      }),
  );
}

/** Writes all of it and closes the pipe. */
async function write(descriptor: number, data: Uint8Array): Promise<void> {
  const stream = createWriteStream("", { fd: descriptor });
  stream.end(data);
  await finished(stream);
}

for (const size of [0, 1, 65_537, 262_144, 524_288, 1_000_003]) {
  testPipe(
    `readStandardInput() reads a pipe of ${size} bytes to its end, in chunks that are filled up`,
    async ({
      reader,
      writer,
    }) => {
      const data = new Uint8Array(size).map((_, index) => index >> 4);
      const writing = write(writer, data);
      const sizes: number[] = [];
      async function* seen(): AsyncIterable<Bytes> {
        for await (const chunk of readStandardInput({ descriptor: reader })) {
          sizes.push(chunk.length);
          yield chunk;
        }
      }
      assert.deepEqual(await collectBytes(seen()), data);
      await writing;
      const full = Array.from({ length: Math.floor(size / 262_144) }, () => 262_144);
      assert.deepEqual(sizes, size % 262_144 === 0 ? full : [...full, size % 262_144]);
    },
  );
}

testPipe(
  "readStandardInput() closes a pipe when its reader stops, so that the producer does",
  async ({
    reader,
    writer,
  }) => {
    const writing = assert.rejects(write(writer, new Uint8Array(1_000_000)), { code: "EPIPE" });
    for await (const chunk of readStandardInput({ descriptor: reader })) {
      assert.equal(chunk.length, 262_144);
      break;
    }
    await writing;
  },
);

testPipe(
  "readStandardInput() ends with the reason of a signal while its producer is silent",
  async ({
    reader,
    writer,
  }) => {
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("enough");
    const read = collectBytes(readStandardInput({ descriptor: reader, signal }));
    writeSync(writer, Uint8Array.of(1, 2, 3));
    controller.abort(reason);
    await assert.rejects(read, reason);
    closeSync(writer);
  },
);
