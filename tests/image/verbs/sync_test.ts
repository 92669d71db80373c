import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles } from "../../../lib/host/files/add_files.ts";
import type { OnDifference } from "../../../lib/layer/sync/sync_difference.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { withDirectory } from "../../host/temporary.ts";
import { mergeLayers } from "../../layer/sync/merged_image.ts";
import { stargz } from "../../layer/table/tabled_layers.ts";
import { changeTree, makeTree } from "../../layer/sync/random_trees.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { readEntries } from "../read_entries.ts";
import { readDocument, readImage, seedImage, seedIndex, sha256 } from "../fake_images.ts";
import { COMMON, createSetting, directory, file, part, tarOf, wanted } from "./sync_setting.ts";

/** Pairs of trees that are tried; all of them with APPENDLAYER_LONG=1. */
const PAIRS = env["APPENDLAYER_LONG"] === undefined ? 100 : 500;

test("syncFiles() makes a directory equal to a random tree, whatever it was, and leaves all else alone", async () => {
  const seed = chooseSeed();
  await withDirectory(async (path) => {
    for (let pair = 0; pair < PAIRS; pair++) {
      const random = createRandom(seed + pair).next;
      const where = `seed ${seed + pair}`;
      const { store, sync, layersOf } = createSetting();
      const [before, after] = [join(path, "before"), join(path, "after")];
      makeTree(before, random);
      const first = addFiles({ additions: [{ source: before, destination: "/srv/app" }] });
      const below = await tarOf(directory("srv/"), file("srv/other", "x"), file("srv/app.x", "y"));
      const tars = [below, await collectBytes(first())];
      await seedImage(store, "acme/app", "1", { tars });
      if (pair % 2 === 0) makeTree(after, random);
      else {
        rmSync(after, { recursive: true, force: true });
        cpSync(before, after, { recursive: true, verbatimSymlinks: true });
        changeTree(after, random);
      }
      const { unchanged } = await sync(after);
      const old = mergeLayers(layersOf("1"));
      const made = mergeLayers(layersOf("2"));
      assert.deepEqual(
        part(made, "srv/app", true),
        part(await wanted(after, "/srv/app"), "srv/app", true),
        where,
      );
      assert.deepEqual(part(made, "srv/app", false), part(old, "srv/app", false), where);
      assert.ok(unchanged !== true || layersOf("2").length === 2, where);
      // Again from what it became: there is nothing left to do.
      const again = await sync(after, { from: "2", to: "3" });
      assert.equal(again.unchanged, true, where);
      // And back.
      await sync(before, { from: "3", to: "4" });
      assert.deepEqual(
        part(mergeLayers(layersOf("4")), "srv/app", true),
        part(await wanted(before, "/srv/app"), "srv/app", true),
        where,
      );
    }
  });
});

test("syncFiles() puts only what changed into the layer, with the directories above it", async () => {
  await withDirectory(async (path) => {
    const { store, sync, layersOf } = createSetting();
    await seedImage(store, "acme/app", "1", {
      tars: [
        await tarOf(
          directory("srv/"),
          directory("srv/app/", { mode: 0o700, uid: 7, gid: 8, mtime: 9 }),
          directory("srv/app/a/"),
          file("srv/app/a/same", "same"),
          file("srv/app/a/other", "old"),
          file("srv/app/gone", "x"),
          directory("srv/app/b/"),
          file("srv/app/b/1", "1"),
          file("srv/app/b/2", "2"),
        ),
      ],
    });
    mkdirSync(join(path, "a"));
    mkdirSync(join(path, "b"));
    writeFileSync(join(path, "a/same"), "same");
    writeFileSync(join(path, "a/other"), "new");
    writeFileSync(join(path, "b/3"), "3");
    const { difference, layers } = await sync(path);
    assert.equal(layers.length, 1);
    assert.deepEqual(difference, {
      added: ["srv/app/b/3"],
      changed: ["srv/app/a/other"],
      deleted: ["srv/app/b/1", "srv/app/b/2", "srv/app/gone"],
    });
    const [, layer] = layersOf("2");
    assert.ok(layer);
    assert.deepEqual(
      readEntries(layer).map(({ path, mode, uid }) => `${path} ${mode.toString(8)} ${uid}`),
      [
        "srv/app/ 700 7",
        "srv/app/.wh.gone 644 0",
        "srv/app/a/ 755 0",
        "srv/app/a/other 644 0",
        "srv/app/b/ 755 0",
        // One entry in the place of two.
        "srv/app/b/.wh..wh..opq 644 0",
        "srv/app/b/3 644 0",
      ],
    );
  });
});

test("syncFiles() gives the target what the base is where nothing changed: no layer, no config, no blob sent", async () => {
  await withDirectory(async (path) => {
    const { store, sync, requests } = createSetting();
    const { digest } = await seedImage(store, "acme/app", "1", {
      tars: [await tarOf(file("srv/app/x", "x"))],
    });
    writeFileSync(join(path, "x"), "x");
    const result = await sync(path, { append: { tags: ["3"] } });
    assert.equal(result.unchanged, true);
    assert.equal(result.digest, digest);
    assert.deepEqual(result.layers, []);
    for (const tag of ["2", "3"]) {
      assert.equal(store.repository("acme/app").manifest(tag)?.digest, digest);
    }
    const sent = requests.filter((one) => /^(?:POST|PATCH|PUT) .*blobs/.test(one));
    assert.ok(sent.filter((one) => one.startsWith("PUT")).length === 0, sent.join("\n"));
    // A label is a change of its own.
    const labelled = await sync(path, { append: { labels: { a: "b" } } });
    assert.equal(labelled.unchanged, undefined);
    assert.notEqual(labelled.digest, digest);
  });
});

test("syncFiles() leaves an index as it is, attestations and all, where nothing changed", async () => {
  await withDirectory(async (path) => {
    const { store, sync } = createSetting();
    const platforms = [{ os: "linux", architecture: "amd64" }, {
      os: "linux",
      architecture: "arm64",
    }];
    const { digest } = await seedIndex(store, "acme/app", "1", platforms);
    writeFileSync(join(path, "x"), "x");
    const first = await sync(path);
    assert.equal(first.platforms.length, 2);
    assert.equal(first.layers.length, 1);
    assert.notEqual(first.digest, digest);
    const second = await sync(path, { from: "2", to: "3" });
    assert.deepEqual([second.unchanged, second.digest], [true, first.digest]);
  });
});

test("syncFiles() neither adds nor deletes what is ignored", async () => {
  await withDirectory(async (path) => {
    const { store, sync, layersOf } = createSetting();
    const base = await tarOf(
      directory("srv/app/"),
      file("srv/app/a.log", "kept"),
      directory("srv/app/logs/"),
      file("srv/app/logs/b.log", "kept"),
      file("srv/app/logs/b.txt", "gone"),
      file("srv/app/c.txt", "gone"),
    );
    await seedImage(store, "acme/app", "1", { tars: [base] });
    writeFileSync(join(path, "d.log"), "not added");
    writeFileSync(join(path, "d.txt"), "added");
    await sync(path, { ignore: ["**/*.log"] });
    assert.deepEqual([...mergeLayers(layersOf("2")).keys()].sort(), [
      ...["srv/app", "srv/app/a.log", "srv/app/d.txt", "srv/app/logs", "srv/app/logs/b.log"],
    ]);
  });
});

test("syncFiles() follows a link of the base, and refuses a file, the root, and two directories in each other", async () => {
  await withDirectory(async (path) => {
    const { store, sync, layersOf } = createSetting();
    const link: TarEntry = { ...COMMON, path: "srv/app", type: "symlink", linkPath: "real" };
    const root: TarEntry = { ...COMMON, path: "srv/root", type: "symlink", linkPath: "/" };
    const base = await tarOf(
      ...[directory("srv/real/"), file("srv/real/old", "old"), link, root, file("srv/file", "x")],
    );
    await seedImage(store, "acme/app", "1", { tars: [base] });
    writeFileSync(join(path, "new"), "new");
    await sync(path);
    const made = mergeLayers(layersOf("2"));
    assert.ok(made.has("srv/real/new") && !made.has("srv/real/old"));
    assert.match(made.get("srv/app") ?? "", /^symlink/);
    await assert.rejects(sync(path, { at: "/srv/file" }), /it is a file there, and no directory/);
    await assert.rejects(sync(path, { at: "/srv/file/x" }), /is no directory/);
    await assert.rejects(sync(path, { at: "/srv/root" }), /the root of an image/);
    await assert.rejects(async () => await sync(path, { at: "/" }), SyntaxError);
    const directories = ["/srv/x", "/srv/x/y"].map((destination) => ({
      source: path,
      destination,
    }));
    await assert.rejects(sync(path, { directories }), /is to be all that is in/);
    await assert.rejects(sync(join(path, "new")), /it is a file, and no directory/);
    await assert.rejects(sync(path, { append: { readBase: "none" } }), /is not to be read/);
  });
});

test("syncFiles() says how much is added, changed and deleted, and lists it, also where the base has nothing", async () => {
  await withDirectory(async (path) => {
    const { store, sync } = createSetting();
    await seedImage(store, "acme/app", "1", { tars: [await tarOf(file("etc/x", "x"))] });
    const told: unknown[] = [];
    const onDifference: OnDifference = (difference, counts) =>
      told.push([{ ...difference }, counts]);
    mkdirSync(join(path, "a"));
    for (const name of ["a/1", "a/2", "b"]) writeFileSync(join(path, name), name);
    await sync(path, { onDifference });
    writeFileSync(join(path, "a/1"), "3");
    writeFileSync(join(path, "c"), "c");
    rmSync(join(path, "b"));
    await sync(path, { from: "2", to: "3", onDifference });
    const all = ["srv/app/a", "srv/app/a/1", "srv/app/a/2", "srv/app/b"];
    assert.deepEqual(told, [
      [{ added: all, changed: [], deleted: [] }, { added: 4, changed: 0, deleted: 0 }],
      [
        { added: ["srv/app/c"], changed: ["srv/app/a/1"], deleted: ["srv/app/b"] },
        { added: 1, changed: 1, deleted: 1 },
      ],
    ]);
  });
});

test("syncFiles() deletes all of a directory only where that is allowed", async () => {
  await withDirectory(async (path) => {
    const { store, sync, layersOf } = createSetting();
    const base = await tarOf(directory("srv/app/"), file("srv/app/x", "x"), file("srv/app/y", "y"));
    await seedImage(store, "acme/app", "1", { tars: [base] });
    await assert.rejects(sync(path), { hint: { kind: "allow-empty" } });
    await assert.rejects(sync(join(path, "missing")), /no such file|does not exist/i);
    await sync(join(path, "missing"), { allowEmpty: true });
    assert.deepEqual([...mergeLayers(layersOf("2")).keys()], ["srv/app"]);
  });
});

test("syncFiles() compares times only where they are kept, owners and extended attributes always", async () => {
  await withDirectory(async (path) => {
    const { store, sync } = createSetting();
    const records = [["SCHILY.xattr.user.a", "b"]] as const;
    const base = await tarOf(
      directory("srv/app/"),
      file("srv/app/time", "x", { mtime: 5 }),
      file("srv/app/owner", "x", { uid: 3 }),
      file("srv/app/attribute", "x", { records }),
    );
    await seedImage(store, "acme/app", "1", { tars: [base] });
    for (const name of ["time", "owner", "attribute"]) writeFileSync(join(path, name), "x");
    const changed = ["srv/app/attribute", "srv/app/owner"];
    assert.deepEqual((await sync(path)).difference?.changed, changed);
    const kept = await sync(path, { mtime: "keep" });
    assert.deepEqual(kept.difference?.changed, [...changed, "srv/app/time"]);
    utimesSync(join(path, "time"), 5, 5);
    const same = await sync(path, { mtime: "keep", owner: { uid: 0, gid: 0 } });
    assert.deepEqual(same.difference?.changed, changed);
  });
});

test("syncFiles() reads no layer that is known, and no file that is as it was, unless it is asked to", async () => {
  await withDirectory(async (path) => {
    const { store, sync, requests } = createSetting();
    await seedImage(store, "acme/app", "1");
    const old = new Date("2001-01-01");
    for (const name of ["a", "b"]) {
      writeFileSync(join(path, name), "1");
      utimesSync(join(path, name), old, old);
    }
    await sync(path);
    requests.length = 0;
    const { baseRead, unchanged } = await sync(path, { from: "2", to: "3" });
    assert.equal(unchanged, true);
    assert.deepEqual(
      baseRead.map(({ from, bytes }) => `${from} ${bytes}`),
      Array(3).fill("cache 0"),
    );
    // The manifest and the config of the base are read, and no layer.
    assert.equal(requests.filter((one) => /^GET .*blobs/.test(one)).length, 1, requests.join("\n"));
    const changed = await sync(path, { from: "2", to: "4", checksum: true });
    assert.equal(changed.unchanged, true);
  });
});

test("syncFiles() says in a dry run what it would do, and sends nothing", async () => {
  await withDirectory(async (path) => {
    const { store, sync } = createSetting();
    await seedImage(store, "acme/app", "1", { tars: [await tarOf(file("srv/app/x", "x"))] });
    writeFileSync(join(path, "y"), "y");
    const { difference, baseRead } = await sync(path, { append: { dryRun: true } });
    assert.deepEqual(difference, { added: ["srv/app/y"], changed: [], deleted: ["srv/app/x"] });
    assert.deepEqual(baseRead.map(({ from }) => from), ["layer"]);
    assert.equal(store.repository("acme/app").manifest("2"), undefined);
  });
});

test("syncFiles() reads again what other tools made of a layer for lazy pulls, without its table and landmarks", async () => {
  await withDirectory(async (path) => {
    const { store, sync } = createSetting();
    const base = await tarOf(file("srv/app/x", "x"), file(".no.prefetch.landmark", "x"));
    await seedImage(store, "acme/app", "1", { tars: [base] });
    symlinkSync("x", join(path, "y"));
    writeFileSync(join(path, "x"), "x");
    const { difference } = await sync(path);
    assert.deepEqual(difference, { added: ["srv/app/y"], changed: [], deleted: [] });
  });
});

test("syncFiles() learns what a base has from its tables of contents, by ranges, and streams what has none", async () => {
  await withDirectory(async (path) => {
    const { store, sync, requests } = createSetting();
    const random = createRandom(5).next;
    const content = Uint8Array.from({ length: 300_000 }, () => random() * 256);
    const large = file("srv/app/large", "");
    const { bytes, tar, annotations } = await stargz([
      directory("srv/app/"),
      { ...large, size: content.length, content },
      file("srv/app/x", "x"),
    ]);
    const { digest: config } = await seedImage(store, "acme/app", "0");
    const base = readDocument(store, "acme/app", config);
    const made = readImage(store, "acme/app", "0").config;
    const json = new TextEncoder().encode(
      JSON.stringify({ ...made, history: [], rootfs: { type: "layers", diff_ids: [sha256(tar)] } }),
    );
    await store.seedManifest("acme/app", "1", {
      ...base,
      config: { ...base.config, digest: await store.seedBlob("acme/app", json), size: json.length },
      layers: [{
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: await store.seedBlob("acme/app", bytes),
        size: bytes.length,
        annotations,
      }],
    } as never);
    writeFileSync(join(path, "large"), content);
    writeFileSync(join(path, "x"), "y");
    requests.length = 0;
    const { difference, baseRead } = await sync(path);
    assert.deepEqual(difference, { added: [], changed: ["srv/app/x"], deleted: [] });
    assert.deepEqual(baseRead.map(({ from, bytes }) => `${from} ${bytes}`), ["table 65536"]);
  });
});
