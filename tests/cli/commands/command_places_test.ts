/** Every command, with each of its operands in every place of images. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { VERB_LOCATIONS, type VerbOperand } from "../../../lib/image/access/verb_locations.ts";
import type { Host } from "../../../lib/image/access/runtime_host.ts";
import type { Location } from "../../../lib/storage/location.ts";
import { createMemoryArchives } from "../../archive/memory_archives.ts";
import { createFakeEngine } from "../../engine/fake_engine.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { tarOf } from "../../image/fake_images.ts";
import { createMemoryDirectory, type MemoryDirectory } from "../../layout/memory_directory.ts";
import { createFakeIo } from "../fake_io.ts";

type Kind = Location["kind"];

/** By place, what an image is called there, and what a repository is. */
const PLACES: Readonly<Record<Kind, readonly [image: string, repository: string]>> = {
  registry: ["registry.test/acme/NAME:1", "registry.test/acme/NAME"],
  layout: ["oci:NAME:1", "oci:NAME"],
  "oci-archive": ["oci-archive:NAME.oci:1", "oci-archive:NAME.oci"],
  "docker-archive": ["docker-archive:NAME.tar:acme/NAME:1", "docker-archive:NAME.tar"],
  "docker-daemon": ["docker-daemon:acme/NAME:1", "docker-daemon:acme/NAME"],
  scratch: ["scratch", "scratch"],
};
const KINDS = Object.keys(PLACES) as Kind[];

/** An image in a place. */
const image = (name: string, kind: Kind = "registry"): string =>
  PLACES[kind][0].replaceAll("NAME", name);
const repository = (name: string, kind: Kind = "registry"): string =>
  PLACES[kind][1].replaceAll("NAME", name);

const OLD = image("old");
const APP = image("app");
const REBASE = ["--onto", "scratch", "--from", OLD];

/** A line of the command for each operand, which is in a place; `app` is one layer above `old`. Where a layer is wanted, it is piped in. */
const LINES: Readonly<Record<VerbOperand, (place: Kind) => readonly string[]>> = {
  "append BASE": (place) => [image("app", place), image("t")],
  "append TARGET": (place) => [APP, image("t", place)],
  "append LAYERS": (place) => [OLD, image("t"), "--layers-of", image("app", place), "--from", OLD],
  "append OLD-BASE": (place) => [
    ...[OLD, image("t"), "--layers-of", APP],
    ...["--from", image("old", place)],
  ],
  "edit BASE": (place) => ["edit", image("app", place), image("t"), "--user", "1"],
  "edit TARGET": (place) => ["edit", APP, image("t", place), "--user", "1"],
  "batch BASE": (place) => ["batch", `${image("app", place)} ${image("t")}`],
  "batch TARGET": (place) => ["batch", `${APP} ${image("t", place)}`],
  "copy SOURCE": (place) => ["copy", image("app", place), image("t", "layout")],
  "copy TARGET": (place) => ["copy", APP, image("t", place)],
  "copy with referrers SOURCE": (place) => [
    ...["copy", image("app", place), image("t", "layout")],
    "--referrers",
  ],
  "copy with referrers TARGET": (place) => ["copy", APP, image("t", place), "--referrers"],
  "copy with all tags SOURCE": (place) => [
    ...["copy", repository("app", place), repository("t", "layout")],
    "--all-tags",
  ],
  "copy with all tags TARGET": (place) => [
    ...["copy", repository("app"), repository("t", place)],
    "--all-tags",
  ],
  "rebase IMAGE": (place) => ["rebase", image("app", place), image("t"), ...REBASE],
  "rebase TARGET": (place) => ["rebase", APP, image("t", place), ...REBASE],
  "rebase BASE": (place) => [
    ...["rebase", APP, image("t"), "--onto", image("old", place)],
    ...["--from", OLD],
  ],
  "rebase OLD-BASE": (place) => [
    ...["rebase", APP, image("t"), "--onto", "scratch"],
    ...["--from", image("old", place)],
  ],
  "index TARGET": (place) => ["index", image("t", place), APP],
  "index IMAGE": (place) => ["index", image("t"), image("app", place)],
  "inspect IMAGE": (place) => ["inspect", image("app", place)],
  "digest REFERENCE": (place) => ["digest", image("app", place)],
  "export IMAGE": (place) => ["export", image("app", place), "--output", "out.tar"],
  "tags REPOSITORY": (place) => ["tags", repository("app", place)],
  "tag IMAGE": (place) => ["tag", image("app", place), "2"],
  "delete REFERENCE": (place) => ["delete", image("app", place), "--yes"],
};

/** Registry, layouts, archives and engine, with `old` and `app` in each of them. */
async function createPlaces(): Promise<(line: readonly string[]) => Promise<[number, string]>> {
  const { fetch } = createFakeRegistry();
  const directories = new Map<string, MemoryDirectory>();
  const runtime: Host = {
    archives: createMemoryArchives(),
    findEngine: createFakeEngine().find,
    openDirectory(path): MemoryDirectory {
      const known = directories.get(path) ?? createMemoryDirectory(path);
      directories.set(path, known);
      return known;
    },
  };
  const run = async (line: readonly string[], content = "x"): Promise<[number, string]> => {
    // A file of lines is given by its content.
    const files = { [line[1] ?? ""]: line[1] ?? "" };
    const io = createFakeIo({ fetch, runtime, files, input: tarOf(content, content) });
    return [await main(line, io), io.errors()];
  };
  // For what the engine runs.
  const made = [
    await run(["scratch", OLD, "--platform", "linux/arm64"], "old"),
    await run([OLD, APP], "app"),
  ];
  for (const kind of KINDS) {
    if (kind === "registry" || kind === "scratch") continue;
    for (const name of ["old", "app"]) {
      made.push(await run(["copy", image(name), image(name, kind)]));
    }
  }
  for (const [code, errors] of made) assert.equal(code, 0, errors);
  return run;
}

for (const operand of Object.keys(LINES) as VerbOperand[]) {
  test(`the command takes ${operand} where the table says so, and refuses it elsewhere`, async () => {
    const run = await createPlaces();
    for (const kind of KINDS) {
      const line = LINES[operand](kind);
      const [code, errors] = await run(line);
      assert.equal(code, VERB_LOCATIONS[operand].includes(kind) ? 0 : 2, `${line}: ${errors}`);
    }
  });
}
