/** Random archives: what is accepted without a warning is one tree to all engines, and what is refused names an entry. */

import assert from "node:assert/strict";
import { appendLayer, type ImageResult, LayerError } from "../../../mod.ts";
import { randomArchive } from "../../layer/random_archives.ts";
import { chooseSeed, createRandom } from "../../random.ts";
import { tarOfFiles } from "../base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { checkImage } from "../image_checker.ts";
import { registryStore } from "../image_store.ts";
import { note } from "../notes.ts";
import { testWith } from "../program.ts";
import { openRegistry } from "../registry_http.ts";
import { CONTAINERD_PROGRAMS, containerdEngine } from "./containerd_engine.ts";
import { INSTALLED, LONG } from "./engine.ts";
import { compareTrees } from "./file_tree.ts";
import { modelImage } from "./layer_model.ts";
import { readMembers } from "./tar_members.ts";
import { putLayers } from "./layered_base.ts";
import { UMOCI_NEEDS, umociEngine } from "./umoci_engine.ts";

const ARCHIVES = LONG ? 2_000 : 200;
const SEED = chooseSeed();

/** What a refusal names: an entry in quotes, or that nothing is left. */
const NAMES_ENTRY = /"|without any entry|nothing is left/;

testWith(
  [...REGISTRY_NEEDS.open, ...CONTAINERD_PROGRAMS, ...UMOCI_NEEDS],
  "random archives that are accepted without a warning are the same to containerd and umoci",
  () =>
    withRegistry("open", async (registry) => {
      const image = `${registry.host}/acme/app`;
      const store = registryStore(await openRegistry(registry), "acme/app");
      await putLayers(store, "base", [
        await tarOfFiles({ "bin/sh": "none\n", "d/b": "of the base\n", "a": "of the base\n" }),
      ]);
      const containerd = await containerdEngine(INSTALLED, "native");
      const umoci = await umociEngine(INSTALLED);
      const counts = { accepted: 0, warned: 0, refused: 0 };
      const random = createRandom(SEED).integer;
      const append = async (index: number): Promise<ImageResult | undefined> => {
        try {
          return await appendLayer(`${image}:base`, `${image}:${index}`, {
            layers: [randomArchive(random)],
          });
        } catch (error) {
          const why = `Archive ${index} of seed ${SEED}: ${error}`;
          assert.ok(error instanceof LayerError && NAMES_ENTRY.test(error.message), why);
          await assert.rejects(store.getManifest(String(index)), /404/, why);
          return undefined;
        }
      };
      await containerd.start((first) =>
        umoci.start(async (second) => {
          for (let index = 0; index < ARCHIVES; index++) {
            const result = await append(index);
            if (result === undefined) counts.refused++;
            else if (result.warnings.length > 0) counts.warned++;
            else {
              counts.accepted++;
              const tag = String(index);
              const { images: [checked] } = await checkImage(store, tag);
              const { tree, implied } = modelImage(checked?.layers ?? []);
              const layer = checked?.layers.at(-1) ?? new Uint8Array();
              const members = [...readMembers(layer)].map(({ path, type, target }) =>
                `${type} ${path} ${target}`.trim()
              );
              const why = `Archive ${index} of seed ${SEED}, ${members.join(", ")}`;
              const trees = await Promise.all(
                [first, second].map((engine) =>
                  engine.unpack(`${image}:${tag}`).catch((error) => assert.fail(`${why}: ${error}`))
                ),
              );
              for (const [at, name] of [containerd.name, umoci.name].entries()) {
                const found = trees[at] ?? new Map();
                const differences = compareTrees(found, tree, { ignoreAttributesOf: implied });
                assert.deepEqual(differences, [], `${why}, ${name}`);
              }
            }
          }
        })
      );
      note(
        `random archives of seed ${SEED}, ${containerd.name} and ${umoci.name}: ${counts.accepted} accepted and equal, ${counts.warned} warned of, ${counts.refused} refused`,
      );
      // It is half of them, and by luck it would be this few in one of 10 ** 33 runs.
      assert.ok(counts.accepted > ARCHIVES / 10, JSON.stringify(counts));
    }),
);
