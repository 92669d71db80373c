import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles } from "../../../lib/host/files/add_files.ts";
import { syncFiles } from "../../../lib/host/files/sync_files.ts";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { withDirectory } from "../../host/temporary.ts";
import { mergeLayers } from "../../layer/sync/merged_image.ts";
import { changeTree, makeTree } from "../../layer/sync/random_trees.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { readImage, seedImage, seedIndex } from "../fake_images.ts";
import {
  createSetting,
  directory,
  file,
  part,
  REPOSITORY,
  type Setting,
  tarOf,
  wanted,
} from "./sync_setting.ts";

/** Runs one after the other; all of them with APPENDLAYER_LONG=1. */
const RUNS = env["APPENDLAYER_LONG"] === undefined ? 40 : 200;

const REPLACE = { append: { replace: "site" }, from: "prod", to: "prod" };

/** DiffIds of the layers of the name, all of which the image has. */
function namedLayers({ store }: Setting, tag = "prod"): readonly string[] {
  const { config } = readImage(store, "acme/app", tag);
  const names = JSON.parse(config.config.Labels["io.appendlayer.layers"]);
  for (const diffId of names.site) assert.ok(config.rootfs.diff_ids.includes(diffId));
  return names.site;
}

/** Enough noise that a small change is a small part of it. */
function writeNoise(path: string, seed: number): void {
  const random = createRandom(seed).next;
  rmSync(path, { recursive: true, force: true });
  writeFileSync(path, Uint8Array.from({ length: 20_000 }, () => random() * 256));
}

async function requireEqual(setting: Setting, source: string, where = ""): Promise<void> {
  const made = mergeLayers(setting.layersOf("prod"));
  assert.deepEqual(
    part(made, "srv/app", true),
    part(await wanted(source, "/srv/app"), "srv/app", true),
    where,
  );
}

test("syncFiles() keeps two layers of a name at most, a whole one and a difference, whatever changes", async () => {
  const seed = chooseSeed();
  await withDirectory(async (path) => {
    const random = createRandom(seed).next;
    const setting = createSetting();
    const { store, sync, layersOf, fetch } = setting;
    const source = join(path, "source");
    const base = await tarOf(
      directory("srv/"),
      directory("srv/app/", { mode: 0o750, uid: 7 }),
      file("srv/app/old", "x"),
      file("srv/other", "x"),
    );
    await seedImage(store, "acme/app", "prod", { tars: [base] });
    makeTree(source, random);
    let whole: string | undefined;
    for (let run = 0; run < RUNS; run++) {
      const where = `seed ${seed}, run ${run}`;
      if (random() < 0.05) makeTree(source, random);
      else changeTree(source, random);
      // Whatever has become of it: most of the tree, and another one in every tenth run.
      const isAnew = run % 10 === 0;
      writeNoise(join(source, "noise"), run - run % 10);
      await sync(source, REPLACE);
      const names = namedLayers(setting);
      assert.equal(names.length, isAnew ? 1 : 2, where);
      assert.equal(names[0] === whole, !isAnew, where);
      whole = names[0];
      await requireEqual(setting, source, where);
      const rest = part(mergeLayers(layersOf("prod")), "srv/app", false);
      const others = run < 3 ? [] : ["srv/app.conf"];
      assert.deepEqual(
        rest.map((line) => line.split(" ")[0]),
        ["srv", ...others, "srv/other"],
        where,
      );
      assert.equal((await sync(source, REPLACE)).unchanged, true, where);
      if (run !== 2) continue;
      // From here on, there is a layer above that has to do with other paths.
      const layers = [await tarOf(directory("srv/"), file("srv/app.conf", "x"))];
      await appendLayer(`${REPOSITORY}:prod`, `${REPOSITORY}:prod`, {
        ...{ fetch, host: {}, layers, replace: "conf" },
      });
    }
  });
});

test("syncFiles() leaves the whole layer of a name as it is, and puts the difference right above it", async () => {
  await withDirectory(async (path) => {
    const setting = createSetting();
    const { store, sync, layersOf, fetch } = setting;
    await seedImage(store, "acme/app", "prod", { family: "docker" });
    writeNoise(join(path, "noise"), 1);
    await sync(path, REPLACE);
    const layers = [await tarOf(file("top", "x"))];
    await appendLayer(`${REPOSITORY}:prod`, `${REPOSITORY}:prod`, { fetch, host: {}, layers });
    const before = readImage(store, "acme/app", "prod");
    writeFileSync(join(path, "new"), "new");
    await sync(path, REPLACE);
    const after = readImage(store, "acme/app", "prod");
    const [top, whole] = before.manifest.layers.toReversed();
    assert.deepEqual(after.manifest.layers.at(-1), top);
    assert.deepEqual(after.manifest.layers.at(-3), whole);
    assert.equal(after.config.history.at(-3).created, before.config.history.at(-2).created);
    assert.match(after.config.history.at(-2).created_by, /^SYNC .* \/srv\/app$/);
    assert.deepEqual([...mergeLayers(layersOf("prod").slice(-2, -1)).keys()].sort(), [
      ...["srv", "srv/app", "srv/app/new"].slice(-2),
    ]);
    const { transfer } = await sync(path, { ...REPLACE, to: "next" });
    assert.equal(transfer.bytesUploaded, 0);
    // What became different is again as it was: the difference goes.
    rmSync(join(path, "new"));
    await sync(path, REPLACE);
    assert.equal(namedLayers(setting).length, 1);
    assert.deepEqual(readImage(store, "acme/app", "prod").manifest.layers, before.manifest.layers);
  });
});

test("syncFiles() makes the whole layer anew where the difference would be more than half of it", async () => {
  await withDirectory(async (path) => {
    const setting = createSetting();
    const { store, sync } = setting;
    await seedImage(store, "acme/app", "prod");
    for (const name of ["a", "b", "c"]) writeNoise(join(path, name), name.charCodeAt(0));
    await sync(path, REPLACE);
    const lengths: number[] = [];
    for (const name of ["a", "b"]) {
      writeNoise(join(path, name), name.charCodeAt(0) + 100);
      const { layers } = await sync(path, REPLACE);
      assert.equal(layers.length, 1);
      lengths.push(namedLayers(setting).length);
      await requireEqual(setting, path);
    }
    assert.deepEqual(lengths, [2, 1]);
  });
});

test("syncFiles() refuses to sync below a layer that has to do with the directory, and names it", async () => {
  await withDirectory(async (path) => {
    const { store, sync, fetch } = createSetting();
    await seedImage(store, "acme/app", "1");
    writeNoise(join(path, "noise"), 1);
    for (const entry of ["srv/app/x", "srv/.wh.app", "srv", "srv/app/.wh..wh..opq"]) {
      await sync(path, { ...REPLACE, from: "1" });
      const layers = [await tarOf(file(entry, "x"))];
      const prod = `${REPOSITORY}:prod`;
      await appendLayer(prod, prod, { fetch, host: {}, layers, readBase: "none" });
      const { manifest } = readImage(store, "acme/app", "prod");
      writeFileSync(join(path, "new"), entry);
      await assert.rejects(sync(path, REPLACE), (error: Error) => {
        assert.match(error.message, /lies above the layers of this name and changes it too/);
        assert.ok(error.message.includes(manifest.layers.at(-1).digest), error.message);
        return true;
      });
    }
  });
});

test("syncFiles() keeps no layer of the name that says more of the image than is compared", async () => {
  await withDirectory(async (path) => {
    const setting = createSetting();
    const { store, sync, layersOf, fetch } = setting;
    const base = await tarOf(directory("srv/"), file("srv/app/b.log", "base"));
    await seedImage(store, "acme/app", "1", { tars: [base] });
    const source = join(path, "source");
    mkdirSync(source);
    writeNoise(join(source, "noise"), 1);
    writeFileSync(join(source, "a.log"), "a");
    const added = addFiles({ additions: [{ source, destination: "/srv/elsewhere" }] });
    const moded = await tarOf(
      directory("srv/app/", { mode: 0o711 }),
      { ...file("srv/app/noise", ""), size: 20_000, content: readFileSync(join(source, "noise")) },
    );
    for (const layer of [await collectBytes(added()), moded]) {
      const options = { fetch, host: {}, layers: [layer], replace: "site" };
      await appendLayer(`${REPOSITORY}:1`, `${REPOSITORY}:prod`, options);
      await sync(source, REPLACE);
      assert.equal(namedLayers(setting).length, 1);
      const made = mergeLayers(layersOf("prod"));
      assert.ok(!made.has("srv/elsewhere"));
      assert.match(made.get("srv/app") ?? "", / 755 /);
      await requireEqual(setting, source);
    }
    // What is ignored from now on stays as the layers below have it.
    await sync(source, { ...REPLACE, ignore: ["**/*.log"] });
    assert.deepEqual(
      [...mergeLayers(layersOf("prod")).keys()].filter((one) => one.endsWith(".log")),
      ["srv/app/b.log"],
    );
    appendFileSync(join(source, "new"), "new");
    await sync(source, { ...REPLACE, ignore: ["**/*.log"] });
    assert.equal(namedLayers(setting).length, 2);
  });
});

test("syncFiles() replaces layers of a name in each image of an index, and where one has none", async () => {
  await withDirectory(async (path) => {
    const setting = createSetting();
    const { store, fetch } = setting;
    const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
    await seedIndex(store, "acme/app", "1", platforms);
    writeNoise(join(path, "noise"), 1);
    const run = async (from: string, to: string): Promise<readonly number[]> => {
      const layers = [syncFiles({
        directories: [{ source: path, destination: "/srv/app" }],
        cache: setting.cache,
      })];
      const options = { fetch, host: {}, layers, replace: "site" };
      const result = await appendLayer(`${REPOSITORY}:${from}`, `${REPOSITORY}:${to}`, options);
      return result.platforms.map(({ digest }) => {
        const { layers } = readImage(store, "acme/app", digest);
        const made = mergeLayers(layers.slice(-namedLayers(setting, digest).length));
        assert.deepEqual([...made.keys()].filter((one) => one.startsWith("srv/app/")).sort(), [
          ...["srv/app/new", "srv/app/noise"].slice(from === "1" ? 1 : 0),
        ]);
        return namedLayers(setting, digest).length;
      });
    };
    assert.deepEqual(await run("1", "2"), [1, 1]);
    writeFileSync(join(path, "new"), "new");
    assert.deepEqual(await run("2", "3"), [2, 2]);
  });
});
