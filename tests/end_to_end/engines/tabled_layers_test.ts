/** Layers with a table of contents, as engines unpack them that know of none, and as those read them that do. */

import assert from "node:assert/strict";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { syncFiles } from "../../../lib/entries/files.ts";
import { appendLayer } from "../../../lib/entries/main.ts";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { changeTree, makeTree } from "../../layer/sync/random_trees.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { hasZstd } from "../../layer/table/tabled_layers.ts";
import { content, END, header } from "../../tar/archive.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { type ImageStore, registryStore } from "../image_store.ts";
import { note } from "../notes.ts";
import { succeed, testWith } from "../program.ts";
import { openRegistry } from "../registry_http.ts";
import { withDirectory } from "../scratch.ts";
import { fetchedEngines, findProgram, LONG } from "./engine.ts";
import { isNamed, testWithEngines } from "./engines.ts";
import { compareTrees, type FileTree, readDirectoryTree, readTarTree } from "./file_tree.ts";
import { PODMAN_NEEDS, podmanEngine } from "./podman_engine.ts";

const SEED = chooseSeed();

const FORMATS = hasZstd ? ["estargz", "zstd:chunked"] as const : ["estargz"] as const;
type Format = typeof FORMATS[number];

/** The directory above DEST is another user's, and not open to all. */
const BASE: readonly Uint8Array<ArrayBuffer>[] = [concatBytes([
  header({ name: "srv/", typeFlag: "5", mode: 0o751, uid: 7, gid: 8 }),
  header({ name: "srv/other", size: 1, mode: 0o600, uid: 7 }),
  content("x"),
  // Docker makes it where it is not there.
  header({ name: "etc/", typeFlag: "5", mode: 0o755 }),
  END,
])];

/** What eStargz has in the root, and engines take for a file; its table stands where they read no further. */
const LANDMARK = ".no.prefetch.landmark";

/** An image with a table in its upper layers, and what is in it. */
interface Made {
  readonly format: Format;
  readonly image: string;
  readonly tag: string;
  readonly tree: FileTree;
}

/** Lends two images of each format: a whole directory on top of a plain base, and a difference on top of that. */
async function withImages(
  formats: readonly Format[],
  action: (images: readonly Made[], store: ImageStore) => Promise<void>,
): Promise<void> {
  await withRegistry("open", (registry) =>
    withDirectory(async (source) => {
      const place = `${registry.host}/tabled`;
      const random = createRandom(SEED).next;
      await appendLayer("scratch", `${place}:base`, { layers: BASE, cache: false });
      const images: Made[] = [];
      for (const turn of [1, 2]) {
        if (turn === 1) makeTree(source, random);
        else {
          rmSync(join(source, "more"), { recursive: true });
          changeTree(source, random);
        }
        addRest(join(source, "more"), turn);
        for (const format of formats) {
          const [below = "", tag = ""] = [turn - 1, turn].map((at) =>
            at === 0 ? "base" : `${format.replace(":", "-")}-${at}`
          );
          const image = `${place}:${tag}`;
          await appendLayer(`${place}:${below}`, image, {
            layers: [
              syncFiles({ directories: [{ source, destination: "/srv/app" }], cache: NO_CACHE }),
            ],
            compression: format,
            cache: false,
            onWarning: () => {},
          });
          images.push({ format, image, tag, tree: expectedTree(source) });
        }
      }
      await action(images, registryStore(await openRegistry(registry), "tabled"));
    }));
}

const NO_CACHE = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };

/** What random trees have not: a file of several pieces, an odd number of blocks, a long name, a further name. */
function addRest(root: string, turn: number): void {
  const place = join(root, ...Array(30).fill("directory"));
  mkdirSync(place, { recursive: true });
  const large = Uint8Array.from({ length: 9_000_001 }, (_, at) => at % 251 ^ (at >> 12));
  writeFileSync(join(place, "large"), large);
  writeFileSync(join(place, `changes-${turn}`), `${turn}`.repeat(512));
  linkSync(join(place, "large"), join(root, "hard"));
  symlinkSync("hard", join(root, "soft"));
}

function expectedTree(source: string): FileTree {
  const top = { type: "directory", mode: 0o755, uid: 0, gid: 0, content: "" };
  const own = [...readDirectoryTree(source)].map(([path, entry]) =>
    [`srv/app/${path}`, { ...entry, uid: 0, gid: 0 }] as const
  );
  const base = readTarTree(BASE[0] ?? new Uint8Array());
  return new Map([...base, ["srv/app", top], ...own]);
}

function withoutLandmark(tree: FileTree): FileTree {
  return new Map([...tree].filter(([path]) => path !== LANDMARK));
}

/** Where not everything is run. */
const FEW = ["Docker with overlay2", "containerd with overlayfs", "Podman with overlay", "umoci"];

testWithEngines(
  "layers with a table of contents are unpacked to what is in them",
  async (engine) => {
    await withImages(FORMATS, async (images) => {
      await engine.start(async (running) => {
        for (const { format, image, tag, tree } of images) {
          const refusals = ["Docker before 23", "umoci before 0.6"];
          if (format === "zstd:chunked" && isNamed(engine, refusals)) {
            await assert.rejects(running.unpack(image));
            note(`${tag}: ${engine.name} refuses it, as it does zstd`);
            continue;
          }
          const made = withoutLandmark(await running.unpack(image));
          // Without an entry, some make what is above DEST root's.
          const ignoreAttributesOf = new Set(format === "estargz" ? ["srv"] : []);
          const differences = compareTrees(made, tree, { ignoreAttributesOf });
          assert.deepEqual(differences, [], `seed ${SEED}, ${tag}`);
          note(`${tag}: ${engine.name} unpacks it`);
        }
      });
    });
  },
  { needs: [...REGISTRY_NEEDS.open], only: (name) => LONG || FEW.includes(name) },
);

testWith(
  [...REGISTRY_NEEDS.open, "crane"],
  "crane exports what is in layers with a table of contents",
  () =>
    withImages(FORMATS, (images) =>
      withDirectory(async (directory) => {
        for (const { image, tag, tree } of images) {
          const [archive, root] = [join(directory, "image.tar"), join(directory, tag)];
          await succeed(["crane", "export", "--insecure", image, archive]);
          mkdirSync(root);
          await succeed(["tar", "xpf", archive, "--numeric-owner", "-C", root]);
          const made = withoutLandmark(readDirectoryTree(root));
          assert.deepEqual(compareTrees(made, tree), [], `seed ${SEED}, ${tag}`);
          note(`${tag}: crane exports it`);
        }
      })),
);

testWith(
  [...REGISTRY_NEEDS.open, "stargz"],
  "stargz-snapshotter's own package reads each entry of layers in estargz, and finds each chunk as its table says",
  () =>
    withImages(["estargz"], (_images, store) =>
      withDirectory(async (directory) => {
        const manifest = JSON.parse(
          new TextDecoder().decode((await store.getManifest("estargz-2")).bytes),
        );
        assert.equal(manifest.layers.length, 3);
        for (const { digest, annotations } of manifest.layers.slice(1)) {
          const path = join(directory, "layer");
          const blob = await store.getBlob(digest);
          await writeFile(path, blob);
          const table = annotations["containerd.io/snapshot/stargz/toc.digest"];
          const read = (await succeed(["stargz", path, table])).trimEnd().split("\n");
          const expected = [...readTarTree(gunzipSync(blob))]
            .filter(([path]) => path !== "stargz.index.json")
            .map(([path, { type, mode, uid, gid, content }]) =>
              `${path} ${type} ${type === "link" ? "" : mode.toString(8)} ${uid}:${gid} ${content}`
            );
          // A directory that only others name is one there.
          const names = new Set(expected.map((line) => line.split(" ")[0]));
          assert.ok(!names.has("srv"));
          const shown = read.map((line) => line.split("\t")).map(
            ([type = "", mode = "", owner = "", path = "", content = ""]) =>
              `${path} ${TYPES[type]} ${type === "symlink" ? "" : octal(mode)} ${owner} ${
                type === "reg" ? content.slice(0, 16) : content
              }`,
          ).filter((line) => !line.startsWith("srv directory "));
          assert.deepEqual(shown.sort(), expected.sort(), `seed ${SEED}`);
        }
        note("estargz: stargz-snapshotter's package finds each chunk as the table says");
      })),
);

const TYPES: Readonly<Record<string, string>> = {
  reg: "file",
  dir: "directory",
  symlink: "link",
};

/** Without the bits of a type that Go may show. */
const octal = (mode: string): string => (parseInt(mode, 8) & 0o7777).toString(8);

const fetched = fetchedEngines();
const hasPodman = LONG && fetched !== undefined && findProgram(fetched, "podman") !== undefined;

if (hasZstd && hasPodman) {
  testWith(
    [...REGISTRY_NEEDS.open, ...PODMAN_NEEDS],
    "today's Podman pulls layers in zstd:chunked by their tables, and of a second one what is new",
    () =>
      withImages(["zstd:chunked"], async (images, store) => {
        const engine = await podmanEngine(fetched, "overlay");
        await engine.start(async (podman) => {
          for (const { image, tag, tree } of images) {
            const manifest = JSON.parse(
              new TextDecoder().decode((await store.getManifest(tag)).bytes),
            );
            const log = await podman.pullLog(image);
            const { digest } = manifest.layers.at(-1);
            assert.match(log, new RegExp(`Created zstd:chunked differ for blob \\\\?"${digest}`));
            assert.match(log, new RegExp(`Retrieved partial blob ${digest}`));
            const made = await podman.tree?.(image);
            assert.ok(made);
            assert.deepEqual(compareTrees(made, tree), [], `seed ${SEED}, ${tag}`);
            note(`${tag}: ${engine.name} pulls it by its table`);
          }
        });
      }),
  );
}
