import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { withDirectory } from "../../host/temporary.ts";
import { type Json, readDocument, readImage, seedIndex, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const BASE = "registry.test/acme/base:1";
const APP = "registry.test/acme/app:7";
const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

test("append gives each platform its own files and archives", async () => {
  await withDirectory(async (directory) => {
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/base", "1", PLATFORMS);
    for (const machine of ["x86_64", "aarch64"]) {
      await writeFile(join(directory, `app-${machine}`), machine);
    }
    const archives: Record<string, Uint8Array<ArrayBuffer>> = {};
    for (const { architecture } of PLATFORMS) {
      archives[join(directory, `${architecture}.tar`)] = tarOf("lib", architecture);
      await writeFile(join(directory, `${architecture}.tar`), "");
    }
    const run = async (...args: string[]): Promise<[number, string, string]> => {
      const io = createFakeIo({ fetch, files: archives });
      return [await main(["append", BASE, APP, ...args], io), io.output(), io.errors()];
    };
    const layer = `${join(directory, "{arch}.tar")}`;
    const added = `${join(directory, "app-{machine}")}:/opt/app`;
    const options = ["--layer", layer, "--add", added, "--read-base=none", "--created", "0"];
    const [, plan] = await run(...options, "--dry-run", "--json");
    assert.equal(JSON.parse(plan).layers.length, 4);
    const [code, output, errors] = await run(...options);
    assert.equal(code, 0, errors);
    assert.equal(output, `${APP}@${JSON.parse(plan).digest}\n`);
    const images = readDocument(store, "acme/app", "7").manifests;
    const seen = images.map(({ digest }: Json) => {
      const { layers: [, , lib, app], config } = readImage(store, "acme/app", digest);
      const content = new TextDecoder().decode(app);
      return [
        new TextDecoder().decode(lib).includes("amd64"),
        /x86_64|aarch64/.exec(content)?.[0],
        config.history.slice(-2).map((entry: Json) => entry.created_by),
      ];
    });
    assert.deepEqual(seen, [
      [true, "x86_64", ["ADD amd64.tar /", "ADD app-x86_64 /opt/app"]],
      [false, "aarch64", ["ADD arm64.tar /", "ADD app-aarch64 /opt/app"]],
    ]);
    const [failed, , message] = await run("--add", join(directory, "{arch}.txt"));
    assert.equal(failed, 1);
    assert.match(message, /for "linux\/amd64": ".*amd64.txt" is not there; nor is one/);
    await writeFile(join(directory, "{arch}.txt"), "as written");
    assert.equal((await run("--add", `${join(directory, "{arch}.txt")}:/opt/`))[0], 0);
  });
});
