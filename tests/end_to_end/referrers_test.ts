import assert from "node:assert/strict";
import { join } from "node:path";
import { appendlayer } from "./appendlayer.ts";
import { putBase } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { digestOf, layoutStore, registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { MEDIA_TYPE, putSignature } from "./put_signature.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

testWith(
  [...REGISTRY_NEEDS.open],
  "a signature goes with its image from a registry into a layout and another registry",
  () =>
    withRegistry("open", (one) =>
      withRegistry("open", (two) =>
        withDirectory(async (directory) => {
          const source = registryStore(await openRegistry(one), "acme/app");
          await putBase(source, "oci", "1");
          await putSignature(source, "1");
          const layout = join(directory, "image");
          const copy = async (...args: string[]): Promise<void> => {
            const { code, stderr } = await appendlayer(["copy", ...args]);
            assert.equal(code, 0, stderr);
          };
          // A registry without lists of its own: this makes the first.
          await copy(`${one.host}/acme/app:signature`, `${one.host}/acme/app:signed`);
          await copy(`${one.host}/acme/app:1`, `oci:${layout}:1`, "--referrers");
          await copy(`oci:${layout}:1`, `${two.host}/acme/copy:1`, "--referrers");

          const target = registryStore(await openRegistry(two), "acme/copy");
          const image = digestOf((await target.getManifest("1")).bytes);
          for (const store of [layoutStore(layout), target]) {
            const list = await store.getManifest(image.replace(":", "-"));
            const { manifests } = JSON.parse(new TextDecoder().decode(list.bytes));
            const signature = await store.getManifest(manifests[0].digest);
            assert.deepEqual(manifests, [{
              mediaType: MEDIA_TYPE,
              digest: digestOf(signature.bytes),
              size: signature.bytes.length,
              artifactType: "application/vnd.acme.signature",
              annotations: { by: "acme" },
            }]);
          }
        }))),
);
