import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeIo, type FakeIo } from "../fake_io.ts";

async function run(args: readonly string[]): Promise<{ code: number; io: FakeIo }> {
  const io = createFakeIo();
  return { code: await main(args, io), io };
}

test("version tells the version alone, and what it runs on with --json", async () => {
  const plain = await run(["version"]);
  assert.match(plain.io.output(), /^\d+\.\d+\.\d+\n$/);
  const { io } = await run(["version", "--json"]);
  const told = JSON.parse(io.output());
  assert.equal(told.version, plain.io.output().trim());
  assert.match(told.runtime, /^(deno|bun|node)$/);
  for (const name of ["runtimeVersion", "os", "architecture"]) assert.match(told[name], /\w/, name);
});
