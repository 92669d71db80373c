/** What others read of the base that an image names, also after many layers took each other's place. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { appendLayer, exportFiles, inspectImage } from "../../lib/entries/main.ts";
import { putBase, tarOfFiles } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { registryStore } from "./image_store.ts";
import { exec, succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

/** Puts a file on an image, in the place of the one before. */
async function put(from: string, to: string, file: string, text: string): Promise<void> {
  const layers = [await tarOfFiles({ [file]: text })];
  const replace = file.replace("/", "-");
  await appendLayer(from, to, { layers, replace, onWarning: () => {} });
}

async function textOf(image: string, path: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of exportFiles(image, { paths: [path], as: "file" })) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

testWith(
  [...REGISTRY_NEEDS.open, "regctl", "crane"],
  "regctl and crane know the base of an image, after ten deploys to one tag too",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const image = `${registry.host}/acme/app`;
        const base = `${image}:base`;
        await putBase(registryStore(await openRegistry(registry), "acme/app"), "oci", "os");
        const env = { REGCTL_CONFIG: join(directory, "regctl.json") };
        await succeed(["regctl", "registry", "set", "--tls", "disabled", registry.host], { env });
        const checkBase = async (): Promise<number> =>
          (await exec(["regctl", "image", "check-base", `${image}:prod`], { env })).code;
        const rebase = async (tag: string): Promise<void> => {
          const target = `${image}:${tag}`;
          await succeed(["crane", "rebase", "--insecure", `${image}:prod`, "--tag", target]);
          assert.equal(await textOf(target, "srv/app"), "10");
          assert.equal((await inspectImage(target)).images[0]?.layers.length, 4);
        };
        await put(`${image}:os`, base, "etc/base", "old");
        await put(base, `${image}:prod`, "srv/app", "0");
        assert.equal(await checkBase(), 0);
        for (let deploy = 1; deploy <= 10; deploy++) {
          await put(`${image}:prod`, `${image}:prod`, "srv/app", `${deploy}`);
        }
        assert.equal(await checkBase(), 0);
        await rebase("same");
        await put(`${image}:os`, base, "etc/base", "new");
        assert.equal(await checkBase(), 1);
        await rebase("moved");
        assert.equal(await textOf(`${image}:moved`, "etc/base"), "new");
        assert.equal(await textOf(`${image}:same`, "etc/base"), "old");
      })),
);
