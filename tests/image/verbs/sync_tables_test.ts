/** Hostile tables of contents below `--sync`: whatever a table says, the image is what its archives say. */

import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import { withDirectory } from "../../host/temporary.ts";
import { mergeLayers } from "../../layer/sync/merged_image.ts";
import { ENTRIES, FORMATS, hostileTables } from "../../layer/table/hostile_tables.ts";
import type { TabledLayer } from "../../layer/table/tabled_layers.ts";
import { readDocument } from "../fake_images.ts";
import { createSetting, part, seedTabled, wanted } from "./sync_setting.ts";

/** Syncs onto a layer; the layers of the image, or undefined where that is refused. */
async function syncOnto(
  source: string,
  layer: TabledLayer,
  compression: "gzip" | "zstd",
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const setting = createSetting();
  const { store, sync } = setting;
  await seedTabled(setting, compression, layer);
  const codec = createThreadedCodec({ threads: 0 });
  try {
    await sync(source, { at: "/srv", append: { host: { codec }, compression: "gzip" } });
  } catch (error) {
    assert.match(`${error}`, /^LayerError: Cannot read the base's layer/);
    assert.equal(store.repository("acme/app").manifest("2"), undefined);
    return undefined;
  }
  const made = readDocument(store, "acme/app", "2").layers.slice(1).map(
    ({ digest }: { readonly digest: string }) => {
      const bytes = store.repository("acme/app").blobs.get(digest as Digest);
      return new Uint8Array(gunzipSync(bytes ?? new Uint8Array()));
    },
  );
  return [layer.tar, ...made];
}

for (const { name, make } of FORMATS) {
  test(`--sync makes the right image, or none, on layers with hostile tables of ${name}`, async () => {
    await withDirectory(async (path) => {
      const source = join(path, "source");
      mkdirSync(source);
      writeFileSync(join(source, "ä b"), "one");
      writeFileSync(join(source, "empty"), "no longer");
      writeFileSync(join(source, "new"), "new");
      symlinkSync("new", join(source, "link"));
      const expected = part(await wanted(source, "/srv"), "srv", true);
      let [made, refused] = [0, 0];
      for (const [what, tampering] of Object.entries(hostileTables(name))) {
        const layer = await make(ENTRIES, tampering);
        const layers = await syncOnto(source, layer, name === "eStargz" ? "gzip" : "zstd");
        if (layers === undefined) refused++;
        else {
          made++;
          assert.deepEqual(part(mergeLayers(layers), "srv", true), expected, what);
        }
      }
      // What is refused are layers that are broken themselves.
      assert.ok(made >= 40 && refused <= 4, `${made} made, ${refused} refused`);
    });
  });
}
