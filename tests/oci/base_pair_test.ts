import assert from "node:assert/strict";
import { test } from "node:test";
import { basePairEdit, readBasePair } from "../../lib/oci/base_pair.ts";
import type { ContainerConfig, ImageConfig } from "../../lib/oci/config.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import type { Manifest } from "../../lib/oci/manifest.ts";

const A: Digest = `sha256:${"a".repeat(64)}`;

function image(config?: ContainerConfig): ImageConfig {
  return { rootfs: { "diff_ids": [] }, ...(config === undefined ? {} : { config }) };
}

const MANIFEST = {
  schemaVersion: 2,
  config: { mediaType: "", digest: A, size: 1 },
  layers: [],
} satisfies Manifest;

test("readBasePair() reads annotations of OCI's manifests, and labels beside Docker's", () => {
  const pair = { name: "ghcr.io/acme/base:1", digest: A };
  const annotations = basePairEdit(pair) as Record<string, string>;
  const oci = { ...MANIFEST, mediaType: "application/vnd.oci.image.manifest.v1+json" };
  assert.deepEqual(readBasePair({ ...oci, annotations }, image()), pair);
  const docker = {
    ...MANIFEST,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    annotations,
  };
  assert.equal(readBasePair(docker, image({})), undefined);
  assert.deepEqual(readBasePair(docker, image({ Labels: annotations })), pair);
  const { "org.opencontainers.image.base.name": _, ...nameless } = annotations;
  assert.deepEqual(readBasePair({ ...oci, annotations: nameless }, image()), { digest: A });
  assert.equal(readBasePair({ ...MANIFEST }, image()), undefined);
  assert.deepEqual(Object.values(basePairEdit(undefined)), [null, null]);
});
