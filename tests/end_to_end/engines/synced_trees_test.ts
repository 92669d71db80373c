/** Random trees that an image is made equal to, once and again under a name, as engines unpack them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { appendLayer, inspectImage } from "../../../mod.ts";
import { syncFiles } from "../../../lib/entries/files.ts";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { changeTree, makeTree } from "../../layer/sync/random_trees.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { content, END, header } from "../../tar/archive.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { note } from "../notes.ts";
import { withDirectory } from "../scratch.ts";
import { LONG } from "./engine.ts";
import { testWithEngines } from "./engines.ts";
import { compareTrees, type FileTree, readDirectoryTree, type TreeEntry } from "./file_tree.ts";

/** Pairs of trees, and runs one after the other under a name. */
const TURNS = LONG ? { pairs: 500, runs: 200 } : { pairs: 5, runs: 5 };

const folder = (name: string): Uint8Array<ArrayBuffer> =>
  header({ name: `${name}/`, typeFlag: "5", mode: 0o755 });

const BELOW: readonly Uint8Array<ArrayBuffer>[] = [concatBytes([
  folder("srv"),
  header({ name: "srv/other", size: 1, mode: 0o600, uid: 7 }),
  content("x"),
  END,
])];

const NO_CACHE = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() };

/** Below DEST what a tree on disk is, as root's; elsewhere what the base was, and DEST itself, which is as it was made. */
function expectedTree(source: string, base: FileTree, made: FileTree): FileTree {
  const own = [...readDirectoryTree(source)].map(([path, entry]): [string, TreeEntry] => [
    `srv/app/${path}`,
    { ...entry, uid: 0, gid: 0 },
  ]);
  return new Map([...base, ...[...made].filter(([path]) => path === "srv/app"), ...own]);
}

testWithEngines("what is synced is unpacked as it is on disk", async (engine) => {
  const seed = chooseSeed();
  await withRegistry(
    "open",
    ({ host }) =>
      withDirectory((directory) =>
        engine.start(async (running) => {
          const source = join(directory, "source");
          const place = `${host}/synced`;
          await appendLayer("scratch", `${place}:base`, { layers: BELOW, cache: false });
          const base = await running.unpack(`${place}:base`);
          const sync = async (from: string, to: string, replace?: string): Promise<void> => {
            const directories = [{ source, destination: "/srv/app" }];
            const layers = [syncFiles({ directories, cache: NO_CACHE })];
            const options = { layers, replace, cache: false };
            await appendLayer(`${place}:${from}`, `${place}:${to}`, options);
          };
          const check = async (tag: string, where: string): Promise<void> => {
            const made = await running.unpack(`${place}:${tag}`);
            assert.deepEqual(compareTrees(made, expectedTree(source, base, made)), [], where);
          };
          for (let pair = 0; pair < TURNS.pairs; pair++) {
            const random = createRandom(seed + pair).next;
            makeTree(source, random);
            await sync("base", `before-${pair}`);
            if (pair % 2 === 0) makeTree(source, random);
            else changeTree(source, random);
            await sync(`before-${pair}`, `after-${pair}`);
            await check(`after-${pair}`, `seed ${seed + pair}`);
          }
          const random = createRandom(seed).next;
          makeTree(source, random);
          await sync("base", "named", "site");
          for (let run = 0; run < TURNS.runs; run++) {
            changeTree(source, random);
            await sync("named", "named", "site");
            await check("named", `seed ${seed}, run ${run}`);
            const layers = (await inspectImage(`${place}:named`)).images[0]?.layers.length ?? 0;
            assert.ok(layers <= BELOW.length + 2, `seed ${seed}, run ${run}: ${layers} layers`);
          }
          const { pairs, runs } = TURNS;
          note(
            `${pairs} pairs of synced trees, ${runs} runs by name: ${engine.name} unpacks each (seed ${seed})`,
          );
        })
      ),
  );
}, {
  needs: [...REGISTRY_NEEDS.open],
  only: (name) => name === "umoci" || name === "containerd with overlayfs",
});
