import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const BASE = "registry.test/acme/base:1";
const TOOL = "registry.test/acme/tool:1";
const APP = "registry.test/acme/app:7";

test("append takes layers of registries alone or below its own, plans with --dry-run, and refuses half an order", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/base", "1");
  const run = async (...args: string[]): Promise<[number, string, string]> => {
    const io = createFakeIo({
      fetch,
      input: tarOf("tool", "tool"),
      inputIsTerminal: args.length > 3,
    });
    return [await main(args, io), io.output(), io.errors()];
  };
  await run("append", BASE, TOOL);
  const { manifest, config } = readImage(store, "acme/tool", "1");
  const { digest } = manifest.layers[2];
  const created = ["--created", "0"];
  const [, plan, notes] = await run(
    ...["append", BASE, APP, "--layers-of", TOOL, "--dry-run", "--json", ...created],
  );
  assert.match(notes, new RegExp(`layer ${digest}, \\d+ B: already there`));
  const [code, output] = await run("append", BASE, APP, "--layers-of", TOOL, ...created);
  assert.deepEqual([code, output], [0, `${APP}@${JSON.parse(plan).digest}\n`]);
  assert.deepEqual(readImage(store, "acme/app", "7").config.rootfs, config.rootfs);
  const from = ["--layer-from", `${TOOL}@${digest}`, "--layer", "-"];
  const io = createFakeIo({ fetch, input: tarOf("own", "own") });
  assert.equal(await main(["append", BASE, APP, ...from], io), 0, io.errors());
  assert.equal(readImage(store, "acme/app", "7").layers.length, 4);
  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [["--from", BASE], /Cannot use --from without --layers-of/],
    [["--layer-from", TOOL], /Cannot use --layer-from: expected "REPOSITORY\[:TAG\]@sha256:…"/],
    [["--layers-of", "docker-daemon:x"], /as LAYERS of "append"/],
  ];
  for (const [args, message] of wrong) {
    const [code, , errors] = await run("append", BASE, APP, ...args);
    assert.equal(code, 2);
    assert.match(errors, message);
  }
});
