import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedIndex } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

test("digest prints one line, or an object with --json, and fails with 1", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest, images } = await seedIndex(store, "acme/app", "1", PLATFORMS);
  const run = async (...args: string[]): Promise<[number, string, string]> => {
    const io = createFakeIo({ fetch });
    return [await main(["digest", ...args], io), io.output(), io.errors()];
  };
  const name = "registry.test/acme/app:1";
  assert.deepEqual(await run(name), [0, `${digest}\n`, ""]);
  assert.deepEqual(await run(name, "--json"), [0, `${JSON.stringify({ name, digest })}\n`, ""]);
  const arm64 = ["--platform", "linux/arm64"];
  assert.deepEqual(await run(name, ...arm64), [0, `${images[1]?.digest}\n`, ""]);
  const [code, output, errors] = await run("registry.test/acme/app:2");
  assert.deepEqual([code, output], [1, ""]);
  assert.match(errors, /^appendlayer: Cannot read manifest "2"/);
  assert.equal((await run(name, "--platform", "linux"))[0], 2);
});
