/** A tag that is deployed to every day: as many layers as on the first one, whatever it went through. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { appendLayer, inspectImage } from "../../../lib/entries/main.ts";
import { putBase, tarOfFiles } from "../base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { checkImage } from "../image_checker.ts";
import { registryStore } from "../image_store.ts";
import { hasProgram, succeed, testWith } from "../program.ts";
import { openRegistry } from "../registry_http.ts";
import { withDirectory } from "../scratch.ts";
import { DOCKER_NEEDS, dockerEngine } from "./docker_engine.ts";
import { INSTALLED, LONG } from "./engine.ts";

/** A year takes two minutes. */
const DAYS = LONG ? 365 : 5;

/** Layers of the base, and the one of the day. */
const LAYERS = 3;

async function deploy(from: string, to: string, day: number): Promise<void> {
  const input = await tarOfFiles({ "srv/day": `day ${day}\n` });
  const layers = [{ name: "the day's files", input, history: `ADD day-${day} /srv` }];
  await appendLayer(from, to, { layers, replace: "day", onWarning: () => {} });
}

async function countLayers(image: string): Promise<number | undefined> {
  return (await inspectImage(image)).images[0]?.layers.length;
}

testWith(
  [...REGISTRY_NEEDS.open, ...DOCKER_NEEDS, "skopeo"],
  `an image stays as small as it was in ${DAYS} days of deploys, keeps the name of its layer on every way, and runs in Docker`,
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const { host } = registry;
        const request = await openRegistry(registry);
        for (const family of ["oci", "docker"] as const) {
          const store = registryStore(request, `acme/${family}`);
          const image = `${host}/acme/${family}`;
          await putBase(store, family, "base");
          await deploy(`${image}:base`, `${image}:prod`, 1);
          for (let day = 2; day <= DAYS; day++) await deploy(`${image}:prod`, `${image}:prod`, day);
          const { images: [made] } = await checkImage(store, "prod");
          assert.equal(made?.layers.length, LAYERS);
          // The base's, those of the base with a layer, and none of the days between.
          assert.equal(made.config.history.length, 4);

          const copies = ["skopeo", "other", ...hasProgram("crane") ? ["crane"] : []];
          for (const tag of copies) {
            const other = family === "oci" ? "v2s2" : "oci";
            const format = tag === "other" ? ["--format", other] : ["--preserve-digests"];
            const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
            await succeed(
              tag === "crane"
                ? ["crane", "copy", "--insecure", `${image}:prod`, `${image}:crane`]
                : [
                  ...["skopeo", "copy", "--quiet", ...insecure, ...format],
                  `docker://${image}:prod`,
                  `docker://${image}:${tag}`,
                ],
            );
            await deploy(`${image}:${tag}`, `${image}:${tag}`, 1000);
            assert.equal(await countLayers(`${image}:${tag}`), LAYERS, `${family}, ${tag}`);
          }
        }
        const docker = await dockerEngine(INSTALLED, "overlay2");
        await docker.start(async (engine) => {
          for (const family of ["oci", "docker"]) {
            const image = `${host}/acme/${family}:prod`;
            assert.equal(await engine.run(image, "cat", "/srv/day"), `day ${DAYS}\n`);
            const [saved, next] = ["saved.tar", "next.tar"].map((name) => join(directory, name));
            await engine.docker("save", "--output", `${saved}`, image);
            await deploy(`docker-archive:${saved}`, `docker-archive:${next}:day:next`, 1001);
            assert.equal(await countLayers(`docker-archive:${next}`), LAYERS);
            await engine.docker("load", "--input", `${next}`);
            assert.equal(await engine.run("day:next", "cat", "/srv/day"), "day 1001\n");
            const shown = await engine.docker("history", "--format", "{{.CreatedBy}}", "day:next");
            assert.match(shown, /^ADD day-1001 \/srv\n/);
          }
        });
      })),
);
