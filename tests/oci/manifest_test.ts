import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appendToManifest,
  convertManifestToOci,
  type Manifest,
  parseManifest,
} from "../../lib/oci/manifest.ts";
import { DOCKER_MANIFEST, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { documentOf, fakeDescriptor, fakeManifest } from "./documents.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG = "application/vnd.oci.image.config.v1+json";

async function manifestOf(body: Record<string, unknown>): Promise<Manifest> {
  return parseManifest(await documentOf(body, body["mediaType"] as string));
}

test("appendToManifest() puts layers on top and the config in its place", async () => {
  const base = await manifestOf(fakeManifest("oci", "1", "2"));
  const config = fakeDescriptor(CONFIG, "d");
  const layers = [fakeDescriptor(LAYER, "3"), fakeDescriptor(LAYER, "4")];
  const changed = appendToManifest(base, { config, layers });
  assert.deepEqual(changed.layers, [...base.layers, ...layers]);
  assert.deepEqual(changed.config, config);
  assert.equal(base.layers.length, 2);
});

test("appendToManifest() keeps unknown fields, key order and foreign urls", async () => {
  const body: Record<string, unknown> = {
    ...fakeManifest("oci", "1"),
    "x-unknown": { deep: [1] },
    annotations: { z: "1", a: "2" },
    subject: fakeDescriptor(OCI_MANIFEST, "5"),
  };
  body["layers"] = [{
    ...fakeDescriptor("application/vnd.oci.image.layer.nondistributable.v1.tar", "1"),
    urls: ["https://elsewhere.example/x"],
    "x-field": 1,
  }];
  const base = await manifestOf(body);
  const changed = appendToManifest(base, { config: base.config, layers: [] });
  assert.equal(JSON.stringify(changed), JSON.stringify(body));
});

test("appendToManifest() drops what was embedded of the old config, and keeps its annotations", async () => {
  const body = fakeManifest();
  body["config"] = { ...fakeDescriptor(CONFIG, "c"), data: "e30=", annotations: { a: "1" } };
  const config = fakeDescriptor(CONFIG, "d");
  const changed = appendToManifest(await manifestOf(body), { config, layers: [] });
  assert.deepEqual(changed.config, { ...config, annotations: { a: "1" } });
});

test("appendToManifest() sets and unsets annotations", async () => {
  const base = await manifestOf({ ...fakeManifest(), annotations: { z: "1", a: "2", m: "3" } });
  const change = { config: base.config, layers: [] };
  const edited = appendToManifest(base, { ...change, annotations: { a: "9", m: null, n: "4" } });
  assert.equal(JSON.stringify(edited.annotations), '{"z":"1","a":"9","n":"4"}');
  const bare = appendToManifest(base, { ...change, annotations: { a: null, m: null, z: null } });
  assert(!("annotations" in bare));
  const fresh = appendToManifest(await manifestOf(fakeManifest()), {
    ...change,
    annotations: { a: "1" },
  });
  assert.deepEqual(fresh.annotations, { a: "1" });
});

test("convertManifestToOci() converts the manifest and all that it lists", async () => {
  const body = fakeManifest("docker", "1", "2");
  assert.equal(body["mediaType"], DOCKER_MANIFEST);
  const foreign = {
    ...fakeDescriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "3"),
    urls: ["https://elsewhere.example/x"],
  };
  body["layers"] = [...body["layers"] as unknown[], foreign];
  const converted = convertManifestToOci(await manifestOf(body));
  const expected = fakeManifest("oci", "1", "2");
  expected["layers"] = [...expected["layers"] as unknown[], {
    ...foreign,
    mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  }];
  assert.deepEqual(converted, expected);
});
