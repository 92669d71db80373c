import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { withDirectory } from "../../host/temporary.ts";
import { seedImage } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const APP = "registry.test/acme/app:1";

test("append --sync says how much was added, changed and deleted, or that nothing was", async () => {
  await withDirectory(async (directory) => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    const run = async (...args: string[]): Promise<readonly string[]> => {
      const io = createFakeIo({ fetch, inputIsTerminal: true });
      const source = `${join(directory, "site")}:/srv/site`;
      const code = await main(["append", APP, APP, "--no-cache", "--sync", source, ...args], io);
      assert.equal(code, 0, io.errors());
      return io.errors().split("\n").slice(0, -1);
    };
    mkdirSync(join(directory, "site"));
    for (const name of ["a", "b", "c"]) writeFileSync(join(directory, "site", name), name);
    assert.deepEqual(await run(), ["appendlayer: 3 added, 0 changed, 0 deleted"]);
    assert.deepEqual(await run(), [`appendlayer: ${APP}: unchanged`]);
    assert.deepEqual(await run("--quiet"), []);
    writeFileSync(join(directory, "site", "a"), "other");
    rmSync(join(directory, "site", "b"));
    const [counts, base, , tag] = await run("--dry-run");
    assert.equal(counts, "appendlayer: 0 added, 1 changed, 1 deleted");
    assert.match(base ?? "", /^appendlayer: base: 3 layers read, \d+ B read$/);
    assert.equal(tag, "appendlayer: tag 1: would be written");
    assert.deepEqual(await run(), ["appendlayer: 0 added, 1 changed, 1 deleted"]);
  });
});
