import assert from "node:assert/strict";
import { appendlayer } from "./appendlayer.ts";
import { putBase } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { digestOf, registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";

testWith(
  [...REGISTRY_NEEDS.open],
  "digest prints what a tag of a registry stands for",
  () =>
    withRegistry("open", async (registry) => {
      const store = registryStore(await openRegistry(registry), "acme/app");
      await putBase(store, "oci", "1");
      const expected = digestOf((await store.getManifest("1")).bytes);
      const found = await appendlayer(["digest", `${registry.host}/acme/app:1`]);
      assert.deepEqual(found, { code: 0, stdout: `${expected}\n`, stderr: "" });
    }),
);
