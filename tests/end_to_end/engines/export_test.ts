/** `export` shows the files of an image as umoci and Docker do. */

import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { collectBytes } from "../../../lib/base/collect.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { appendlayer } from "../appendlayer.ts";
import { layoutStore } from "../image_store.ts";
import { note } from "../notes.ts";
import { succeed, testWith } from "../program.ts";
import { withDirectory } from "../scratch.ts";
import { DOCKER_NEEDS, dockerEngine } from "./docker_engine.ts";
import { INSTALLED, LONG } from "./engine.ts";
import { compareTrees, type FileTree, readDirectoryTree, readTarTree } from "./file_tree.ts";
import { putLayers } from "./layered_base.ts";

const IMAGES = 30;
const SEED = chooseSeed();

type Kind = "directory" | "file" | "symlink";

/** Layers that every engine unpacks: of what a layer writes, it writes nothing twice. */
function randomLayers(random: (limit: number) => number): TarEntry[][] {
  const tree = new Map<string, Kind>([["", "directory"], ["etc", "directory"]]);
  const owner = (): Pick<TarEntry, "mode" | "uid" | "gid" | "mtime"> => ({
    mode: [0o755, 0o700, 0o644, 0o2775, 0o4755][random(5)] ?? 0,
    uid: random(3),
    gid: random(3),
    mtime: random(1_000),
  });
  const directory = (path: string): TarEntry => ({
    ...owner(),
    path: `${path}/`,
    type: "directory",
    size: 0,
  });
  const pick = (paths: readonly string[]): string | undefined => paths[random(paths.length || 1)];
  const all = (...kinds: readonly Kind[]): string[] =>
    [...tree].filter(([path, kind]) => path !== "" && kinds.includes(kind)).map(([path]) => path);
  const remove = (path: string, itself: boolean): void => {
    for (const one of [...tree.keys()]) {
      if (one.startsWith(`${path}/`) || itself && one === path) tree.delete(one);
    }
  };
  const layers: TarEntry[][] = [];
  const count = 2 + random(4);
  for (let at = 0; at < count; at++) {
    const entries: TarEntry[] = at === 0
      ? [{ ...directory("etc"), mode: 0o755, uid: 0, gid: 0 }]
      : [];
    const written = new Set<string>(["etc"]);
    const isFree = (path: string): boolean =>
      ![...written].some((one) =>
        one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`) &&
          tree.get(one) !== "directory"
      );
    const put = (path: string, kind: Kind, entry: TarEntry): void => {
      if (kind !== "directory") remove(path, true);
      tree.set(path, kind);
      written.add(path);
      entries.push(entry);
    };
    for (let step = 0; step < 12; step++) {
      const above = pick(["", ...all("directory")]) ?? "";
      const path = `${above === "" ? "" : `${above}/`}${"abcdä"[random(5)]}`;
      const old = pick(all("directory", "file", "symlink"));
      const file = pick(all("file"));
      const what = random(6);
      if (what === 0 && isFree(path) && (tree.get(path) ?? "directory") === "directory") {
        put(path, "directory", directory(path));
      } else if (what === 1 && isFree(path)) {
        const content = new TextEncoder().encode(`${at} ${step}`.repeat(random(500)));
        put(path, "file", { ...owner(), path, type: "file", size: content.length, content });
      } else if (what === 2 && isFree(path)) {
        const linkPath = ["../a", "/b/c", "none", "."][random(4)] ?? "";
        put(path, "symlink", { ...owner(), path, type: "symlink", size: 0, linkPath });
      } else if (what === 3 && file !== undefined && file !== path && isFree(path)) {
        if (file.startsWith(`${path}/`)) continue;
        const same = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
        put(path, "file", { ...same, path, type: "hard-link", size: 0, linkPath: file });
      } else if (what === 4 && old !== undefined && old !== "etc" && isFree(old)) {
        remove(old, true);
        written.add(old);
        const cut = old.lastIndexOf("/") + 1;
        const gone = `${old.slice(0, cut)}.wh.${old.slice(cut)}`;
        entries.push({ ...owner(), path: gone, type: "file", size: 0 });
      } else if (what === 5 && above !== "" && above !== "etc" && isFree(above)) {
        remove(above, false);
        written.add(above);
        entries.push(directory(above));
        entries.push({ ...owner(), path: `${above}/.wh..wh..opq`, type: "file", size: 0 });
      }
    }
    layers.push(entries);
  }
  return layers;
}

/** Names of one file have one mode and owner, of the name that was unpacked last; those of links are left out. */
function withoutLinked(layers: readonly (readonly TarEntry[])[]): ReadonlySet<string> {
  const linked = new Set<string>();
  for (const { path, type, linkPath = "" } of layers.flat()) {
    if (type === "hard-link") linked.add(path).add(linkPath);
  }
  return linked;
}

async function exported(layout: string, tag: string): Promise<FileTree> {
  const file = `${layout}-${tag}.tar`;
  const { code, stderr } = await appendlayer(["export", `oci:${layout}:${tag}`, "--output", file]);
  assert.equal(code, 0, stderr);
  try {
    return readTarTree(await readFile(file));
  } finally {
    await rm(file);
  }
}

async function unpacked(layout: string, tag: string): Promise<FileTree> {
  const bundle = `${layout}-${tag}`;
  try {
    await succeed(["umoci", "unpack", "--image", `${layout}:${tag}`, bundle]);
    return readDirectoryTree(join(bundle, "rootfs"));
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}

testWith(
  ["umoci", "root", ...(LONG ? DOCKER_NEEDS : [])],
  `export shows ${IMAGES} images of random layers as ${
    LONG ? "umoci and Docker do" : "umoci does"
  }`,
  () =>
    withDirectory(async (directory) => {
      const layout = join(directory, "image");
      const random = createRandom(SEED).integer;
      const compare = async (
        others: readonly ((tag: string) => Promise<FileTree>)[],
      ): Promise<void> => {
        let paths = 0;
        for (let index = 0; index < IMAGES; index++) {
          const layers = randomLayers(random);
          const tars = await Promise.all(layers.map((layer) => collectBytes(writeTar(layer))));
          const tag = String(index);
          await putLayers(layoutStore(layout), tag, tars);
          const own = await exported(layout, tag);
          paths += own.size;
          for (const other of others) {
            const shown = layers.map((layer) =>
              layer.map(({ path, linkPath }) => linkPath ? `${path} > ${linkPath}` : path)
            );
            const why = `image ${index} of seed ${SEED}: ${JSON.stringify(shown)}`;
            const differences = compareTrees(own, await other(tag), {
              ignoreAttributesOf: withoutLinked(layers),
            });
            assert.deepEqual(differences, [], why);
          }
        }
        note(`export of ${IMAGES} images of seed ${SEED}: ${paths} paths, no difference`);
      };
      const umoci = (tag: string): Promise<FileTree> => unpacked(layout, tag);
      if (!LONG) return await compare([umoci]);
      const engine = await dockerEngine(INSTALLED, "vfs");
      await engine.start(({ tree, docker }) =>
        compare([umoci, async (tag): Promise<FileTree> => {
          const archive = join(directory, "image.tar");
          const { code, stderr } = await appendlayer([
            ...["copy", `oci:${layout}:${tag}`, `docker-archive:${archive}:random:${tag}`],
          ]);
          assert.equal(code, 0, stderr);
          await docker("load", "--quiet", "--input", archive);
          assert(tree !== undefined);
          return await tree(`random:${tag}`);
        }])
      );
    }),
);
