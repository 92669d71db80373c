import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { defaultHost, nodeHost, withDefaultHost } from "../../lib/host/default_host.ts";
import type { AccessOptions } from "../../lib/image/access/access.ts";
import { toNativeBytes, toNativeStream } from "../../lib/host/native_types.ts";

/** Runs an action as where there are no builtin modules. */
async function withoutBuiltins(action: () => void | Promise<void>): Promise<void> {
  const { getBuiltinModule } = process;
  Object.assign(process, { getBuiltinModule: undefined });
  try {
    await action();
  } finally {
    Object.assign(process, { getBuiltinModule });
  }
}

test("options without a host get this runtime's, and others keep theirs", async () => {
  const options: AccessOptions = { retryFor: 1 };
  const { host, retryFor } = await withDefaultHost(options);
  assert.ok(host?.openDirectory !== undefined);
  assert.equal(retryFor, 1);
  assert.deepEqual(options, { retryFor: 1 });
  const own = { host: {} };
  assert.equal(await withDefaultHost(own), own);
});

test("where there are no builtin modules the usual host is empty, and another cannot be made", async () => {
  await withoutBuiltins(async () => {
    assert.deepEqual(await defaultHost(), {});
    await assert.rejects(nodeHost(), { name: "TypeError", message: /none of Deno, Bun and Node/ });
  });
});

test("where there are no builtin modules, bytes and streams are those of the web", async () => {
  await withoutBuiltins(() => {
    const bytes = new Uint8Array([1, 2]);
    assert.equal(toNativeBytes(bytes), bytes);
    async function* source(): AsyncIterable<Uint8Array<ArrayBuffer>> {
      yield await Promise.resolve(bytes);
    }
    assert.ok(toNativeStream(source()) as unknown instanceof ReadableStream);
  });
  assert.ok(Buffer.isBuffer(toNativeBytes(new Uint8Array(1))));
});
