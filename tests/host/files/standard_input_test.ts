import assert from "node:assert/strict";
import { open, writeFile } from "node:fs/promises";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { readStandardInput } from "../../../lib/host/files/standard_input.ts";
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
