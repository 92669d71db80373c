import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../../lib/cli/commands/commands.ts";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedImage, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const IMAGES = ["registry.test/acme/app:1", "registry.test/acme/app:2"];

test("a warning ends with what to do about it, in the words of the command", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const io = createFakeIo({ fetch, input: tarOf("bin/x", "x") });
  assert.equal(await main([...IMAGES, "--read-base=none"], io), 0, io.errors());
  assert.match(io.errors(), /^appendlayer: warning: .*option readBase\); --read-base reads it\n$/);
});

test("an error is followed by what to do about it, in the words of the command", async () => {
  for (const kind of ["basic", "bearer"] as const) {
    const { store, fetch } = createFakeRegistry({ auth: { kind, anonymousPull: false } });
    await seedImage(store, "acme/app", "1");
    const io = createFakeIo({ fetch, input: tarOf("x", "x") });
    assert.equal(await main(IMAGES, io), 1);
    assert.match(
      io.errors(),
      /^appendlayer: Cannot [^\n]* (?:none is|no credentials are) configured[^\n]*\n"appendlayer login registry\.test" or "docker login registry\.test" give credentials\n$/,
    );
  }
});

test("nothing but the command names the command's options", async () => {
  const flags = COMMANDS.flatMap(({ options }) => [...options.keys()]);
  // A Dockerfile has some of the same names.
  const named = new RegExp(`(?<!COPY )--(?:${flags.join("|")})\\b|appendlayer log(?:in|out)`);
  for (const file of await readdir("lib", { recursive: true })) {
    if (!file.endsWith(".ts") || /^cli[\\/]/.test(file)) continue;
    assert.doesNotMatch(await readFile(join("lib", file), "utf8"), named, file);
  }
});
