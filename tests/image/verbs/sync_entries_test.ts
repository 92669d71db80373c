import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles } from "../../../lib/host/files/add_files.ts";
import { walkFiles } from "../../../lib/host/files/walk.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import type { ImageResult } from "../../../lib/image/verbs/image_result.ts";
import type { SyncDifference } from "../../../lib/layer/sync/sync_difference.ts";
import {
  syncEntries,
  type SyncEntriesOptions,
  type SyncEntry,
} from "../../../lib/layer/sync/sync_entries.ts";
import { withDirectory } from "../../host/temporary.ts";
import { mergeLayers } from "../../layer/sync/merged_image.ts";
import { changeTree, makeTree } from "../../layer/sync/random_trees.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { hasZstd, stargz, zstdChunked } from "../../layer/table/tabled_layers.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { readImage, seedImage } from "../fake_images.ts";
import { readEntries } from "../read_entries.ts";
import {
  createSetting,
  directory,
  file,
  part,
  REPOSITORY,
  seedTabled,
  type Setting,
  tarOf,
  wanted,
} from "./sync_setting.ts";

/** Pairs of trees that are tried; more of them with APPENDLAYER_LONG=1. */
const PAIRS = env["APPENDLAYER_LONG"] === undefined ? 12 : 200;

const at = (entries: Iterable<SyncEntry>, destination = "/srv/app"): SyncEntriesOptions => ({
  directories: [{ entries, destination }],
});

/** As on Workers and in browsers: with no host at all. */
async function sync(
  { fetch }: Setting,
  options: SyncEntriesOptions,
  { from = "1", to = "2", ...append }: Partial<AppendOptions> & {
    readonly from?: string;
    readonly to?: string;
  } = {},
): Promise<ImageResult & { readonly difference: SyncDifference | undefined }> {
  let difference: SyncDifference | undefined;
  const layer = syncEntries({ ...options, onDifference: (found) => difference = found });
  const result = await appendLayer(`${REPOSITORY}:${from}`, `${REPOSITORY}:${to}`, {
    layers: [layer],
    host: {},
    fetch,
    ...append,
  });
  return { ...result, difference };
}

/** What is on a disk as entries, in no order, without directories that are made anyhow; contents in each form that they may have. */
function entriesOf(path: string, random: () => number): SyncEntry[] {
  const entries = [...walkFiles(path)].flatMap((file): SyncEntry[] => {
    const { path, type, mode, linkPath, size } = file;
    if (type === "directory" && mode === 0o755 && random() < 0.5 && hasMore(path)) return [];
    if (type !== "file") return [{ path, type, mode, linkPath }];
    const bytes = file.open?.();
    assert.ok(bytes instanceof Uint8Array);
    // The walk uses the memory of what it read again.
    const own = bytes.slice();
    const form = random();
    if (form < 0.3) return [{ path, mode, content: own }];
    const blob = new Blob([own]);
    if (form < 0.6) return [{ path: `./${path}`, mode, content: blob }];
    return [{ path, mode, size, content: () => Promise.resolve(blob.stream()) }];
  });
  function hasMore(directory: string): boolean {
    return [...walkFiles(path)].some((one) => one.path.startsWith(`${directory}/`));
  }
  return entries.map((entry) => [random(), entry] as const)
    .sort(([a], [b]) => a - b).map(([, entry]) => entry);
}

test("syncEntries() makes a directory equal to random entries, whatever it was, and leaves all else alone", async () => {
  const seed = chooseSeed();
  await withDirectory(async (path) => {
    for (let pair = 0; pair < PAIRS; pair++) {
      const random = createRandom(seed + pair).next;
      const where = `seed ${seed + pair}`;
      const setting = createSetting();
      const source = join(path, "source");
      makeTree(source, random);
      const first = addFiles({ additions: [{ source, destination: "/srv/app" }] });
      const tars = [
        await tarOf(directory("srv/"), file("srv/other", "x"), file("srv/app.x", "y")),
        await collectBytes(first()),
      ];
      await seedImage(setting.store, "acme/app", "1", { tars });
      if (pair % 2 === 0) makeTree(source, random);
      else changeTree(source, random);
      const entries = entriesOf(source, random);
      await sync(setting, at(entries));
      const made = mergeLayers(setting.layersOf("2"));
      const expected = part(await wanted(source, "/srv/app"), "srv/app", true);
      assert.deepEqual(part(made, "srv/app", true), expected, where);
      const old = mergeLayers(setting.layersOf("1"));
      assert.deepEqual(part(made, "srv/app", false), part(old, "srv/app", false), where);
      const again = await sync(setting, at(entries), { from: "2", to: "3" });
      assert.equal(again.unchanged, true, where);
      rmSync(source, { recursive: true });
    }
  });
});

test("syncEntries() puts only what changed into the layer, and reads no content that need not be", async () => {
  const setting = createSetting();
  const base = await tarOf(
    directory("srv/app/", { mode: 0o700, uid: 7 }),
    directory("srv/app/a/"),
    file("srv/app/a/same", "same"),
    file("srv/app/a/other", "old"),
    file("srv/app/longer", "x"),
    file("srv/app/gone", "x"),
  );
  await seedImage(setting.store, "acme/app", "1", { tars: [base] });
  const read: string[] = [];
  const entry = (path: string, text: string): SyncEntry => ({
    path,
    size: text.length,
    content: () => {
      read.push(path);
      return new Blob([text]).stream();
    },
  });
  const entries = [
    ...[entry("a/same", "same"), entry("a/other", "new"), entry("longer", "longer")],
    entry("b/c/added", "added"),
    { path: "link", type: "symlink", linkPath: "a/same" } as const,
  ];
  const { difference } = await sync(setting, at(entries));
  assert.deepEqual(difference, {
    added: ["srv/app/b", "srv/app/b/c", "srv/app/b/c/added", "srv/app/link"],
    changed: ["srv/app/a/other", "srv/app/longer"],
    deleted: ["srv/app/gone"],
  });
  assert.deepEqual(read, ["a/other", "a/same", "a/other", "b/c/added", "longer"]);
  const [, layer] = setting.layersOf("2");
  assert.ok(layer);
  assert.deepEqual(
    readEntries(layer).map(({ path, mode, uid }) => `${path} ${mode.toString(8)} ${uid}`),
    [
      "srv/app/ 700 7",
      "srv/app/.wh.gone 644 0",
      "srv/app/a/ 755 0",
      "srv/app/a/other 644 0",
      "srv/app/b/ 755 0",
      "srv/app/b/c/ 755 0",
      "srv/app/b/c/added 644 0",
      "srv/app/link 777 0",
      "srv/app/longer 644 0",
    ],
  );
  const history = readImage(setting.store, "acme/app", "2").config.history.at(-1);
  assert.equal(history.created_by, "SYNC /srv/app");
});

test("syncEntries() keeps two layers of a name at most, and says in a dry run what it would do", async () => {
  const setting = createSetting();
  await seedImage(setting.store, "acme/app", "1");
  const filler = crypto.getRandomValues(new Uint8Array(4_000));
  const entries = (text: string): SyncEntry[] => [
    { path: "filler", content: filler },
    { path: "text", content: new Blob([text]) },
  ];
  for (const text of ["one", "two", "three"]) {
    await sync(setting, at(entries(text)), { to: "1", replace: "app" });
  }
  const { layers } = readImage(setting.store, "acme/app", "1");
  const named = layers.filter((layer) =>
    readEntries(layer).some(({ path }) => path === "srv/app/text")
  );
  assert.equal(named.length, 2);
  assert.match(mergeLayers(layers).get("srv/app/text") ?? "", /three$/);
  const planned = await sync(setting, at(entries("four")), { to: "9", dryRun: true });
  assert.deepEqual(planned.difference?.changed, ["srv/app/text"]);
  assert.equal(setting.store.repository("acme/app").manifest("9"), undefined);
});

test("syncEntries() neither adds nor deletes what is ignored, and brings a directory back for what is not", async () => {
  const setting = createSetting();
  const base = await tarOf(file("srv/app/a.log", "kept"), file("srv/app/b.txt", "gone"));
  await seedImage(setting.store, "acme/app", "1", { tars: [base] });
  const entries: SyncEntry[] = [
    { path: "c.log", content: new Blob(["no"]) },
    { path: "logs", type: "directory", mode: 0o700 },
    { path: "logs/d.txt", content: new Blob(["no"]) },
    { path: "logs/keep", content: new Blob(["yes"]) },
    { path: "e.txt" },
  ];
  await sync(setting, { ...at(entries), ignore: ["**/*.log", "logs", "!logs/keep"] });
  const made = mergeLayers(setting.layersOf("2"));
  assert.deepEqual([...made.keys()].sort(), [
    ...["srv/app", "srv/app/a.log", "srv/app/e.txt", "srv/app/logs", "srv/app/logs/keep"],
  ]);
  assert.match(made.get("srv/app/logs") ?? "", /^directory 700 /);
});

test("syncEntries() deletes all of a directory only where that is allowed, and takes owners, modes and times", async () => {
  const setting = createSetting();
  const base = await tarOf(directory("srv/app/"), file("srv/app/x", "x"), file("srv/app/y", "y"));
  await seedImage(setting.store, "acme/app", "1", { tars: [base] });
  await assert.rejects(sync(setting, at([])), {
    name: "LayerError",
    message: /^Cannot sync "entries" with "\/srv\/app": there is nothing in it/,
    hint: { kind: "allow-empty" },
  });
  await sync(setting, { ...at([]), allowEmpty: true });
  assert.deepEqual([...mergeLayers(setting.layersOf("2")).keys()], ["srv/app"]);
  const x: SyncEntry = { path: "x", content: new Blob(["x"]), mtime: 5 };
  const options = { ...at([x]), owner: { uid: 5, gid: 6 }, chmod: () => 0o600 };
  await sync(setting, { ...options, mtime: "keep" }, { from: "2", to: "3" });
  const [entry] = readEntries(setting.layersOf("3").at(-1) ?? base).slice(-1);
  const { path, mode, uid, gid, mtime } = entry ?? {};
  assert.deepEqual({ path, mode, uid, gid, mtime }, {
    ...{ path: "srv/app/x", mode: 0o600, uid: 5, gid: 6, mtime: 5 },
  });
});

test("syncEntries() learns what a base has from its table of contents, reads nothing else of it, and remembers it", async () => {
  const setting = createSetting();
  const noise = Uint8Array.from({ length: 300_000 }, (_, index) => index * index >> 7);
  const layer = await stargz([
    directory("srv/app/"),
    { ...file("srv/app/large", ""), size: noise.length, content: noise },
    file("srv/app/x", "x"),
  ]);
  await seedTabled(setting, "gzip", layer);
  const entries: SyncEntry[] = [{ path: "large", content: noise }, { path: "y" }];
  const options = { host: { cache: memoryStore() } };
  const { difference, baseRead } = await sync(setting, at(entries), options);
  assert.deepEqual(difference, { added: ["srv/app/y"], changed: [], deleted: ["srv/app/x"] });
  assert.deepEqual(baseRead.map(({ from }) => from), ["table"]);
  assert.ok((baseRead[0]?.bytes ?? Infinity) <= 64 * 1024, `${baseRead[0]?.bytes}`);
  const again = await sync(setting, at(entries), options);
  assert.deepEqual(again.baseRead.map(({ from, bytes }) => [from, bytes]), [["cache", 0]]);
});

test("syncEntries() refuses a base in zstd where there is none to read it by, table or not", async () => {
  const entries = [file("srv/app/x", "x")];
  // RFC 8878 §3.1.1: what a frame begins with.
  const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0);
  const plain = { bytes: frame, tar: await tarOf(...entries), annotations: {} };
  for (const layer of hasZstd ? [plain, await zstdChunked(entries)] : [plain]) {
    const setting = createSetting();
    await seedTabled(setting, "zstd", layer);
    await assert.rejects(sync(setting, at([{ path: "y" }])), {
      name: "LayerError",
      message: /^Cannot read the base's layer .*: this runtime has no zstd$/,
    });
    assert.equal(setting.store.repository("acme/app").manifest("2"), undefined);
  }
});

const content = new Uint8Array(1);
const REFUSED: readonly [what: string, SyncEntry[], RegExp][] = [
  ["a path that leaves the directory", [{ path: "../x" }], /^SyntaxError: expected a path/],
  [
    "the directory itself",
    [{ path: "./", type: "directory" }],
    /"\.\/": it is the directory itself/,
  ],
  [
    "a path twice",
    [{ path: "a" }, { path: "./a" }],
    /^SyntaxError: Cannot sync "a": it comes twice/,
  ],
  ["a link to nowhere", [{ path: "a", type: "symlink" }], /needs a linkPath/],
  ["a file that links", [{ path: "a", linkPath: "b" }], /nothing else has one/],
  ["a type that is none of its own", [{ path: "a", type: "fifo" as "file" }], /, got fifo$/],
  ["another size than that of bytes", [{ path: "a", content, size: 2 }], /2 bytes and .* has 1$/],
  ["a size without content", [{ path: "a", size: 2 }], /^RangeError: .* 2 bytes and .* has 0$/],
  ["a directory with content", [{ path: "a", type: "directory", content }], /only a file has/],
  [
    "a stream, which is read once",
    [{ path: "a", size: 1, content: new Blob(["x"]).stream() as never }],
    /^TypeError: Cannot sync "a": expected bytes, a Blob or a function that opens a stream, got object/,
  ],
  ["no size", [{ path: "a", content: () => new Blob(["x"]).stream() }], /needs a size/],
  ["an unknown field", [{ path: "a", uid: 5 } as SyncEntry], /with "uid": there is no such option/],
];

for (const [what, entries, reason] of REFUSED) {
  test(`syncEntries() refuses ${what} at once`, () => {
    assert.throws(() => syncEntries(at(entries)), reason);
  });
}

test("syncEntries() refuses the root, and what turns out while it is read", async () => {
  assert.throws(
    () => syncEntries(at([], "/")),
    /^SyntaxError: Cannot sync "entries" with the root/,
  );
  const setting = createSetting();
  const base = await tarOf(directory("srv/app/"), file("srv/app/a", "12"));
  await seedImage(setting.store, "acme/app", "1", { tars: [base] });
  let times = 0;
  const turns = { path: "a", size: 2, content: () => new Blob([`${++times}x`]).stream() };
  await assert.rejects(sync(setting, at([turns])), /Cannot add "a": it changed while it was read/);
  const short = { path: "b", size: 2, content: () => new Blob(["x"]).stream() };
  await assert.rejects(sync(setting, at([short])), /its size is 2 bytes and its content has 1/);
  const nothing = { path: "b", size: 2, content: () => undefined as never };
  await assert.rejects(
    sync(setting, at([nothing])),
    /Cannot open "b": its function returned none: expected bytes/,
  );
  await assert.rejects(
    sync(setting, at([{ path: "a" }, { path: "a/b" }])),
    /"a" is added as a file at "\/srv\/app\/a"/,
  );
  await assert.rejects(sync(setting, at([{ path: ".wh.a" }])), /deletes a file/);
  assert.equal(setting.store.repository("acme/app").manifest("2"), undefined);
});
