import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import {
  ACCEPT_MANIFESTS,
  configMediaType,
  familyOf,
  indexMediaType,
  isLayerForeign,
  layerCompression,
  layerMediaType,
  manifestMediaType,
  toOciMediaType,
} from "../../lib/oci/media_type.ts";

test("media types follow the family", () => {
  assert.deepEqual(
    [manifestMediaType, indexMediaType, configMediaType].map((of) => [of("oci"), of("docker")]),
    [
      [
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
      ],
      [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
      ],
      [
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
      ],
    ],
  );
  assert.deepEqual(
    (["gzip", "zstd", "none"] as const).map((compression) => layerMediaType("oci", compression)),
    [
      "application/vnd.oci.image.layer.v1.tar+gzip",
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.v1.tar",
    ],
  );
  assert.deepEqual(
    (["gzip", "none"] as const).map((compression) => layerMediaType("docker", compression)),
    [
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.docker.image.rootfs.diff.tar",
    ],
  );
});

test("layerMediaType() refuses zstd in Docker's family, which Podman rejects", () => {
  assert.throws(() => layerMediaType("docker", "zstd"), TypeError);
});

test("familyOf() tells Docker's media types from all others", () => {
  assert.equal(familyOf(manifestMediaType("docker")), "docker");
  assert.equal(familyOf(indexMediaType("docker")), "docker");
  assert.equal(familyOf(manifestMediaType("oci")), "oci");
  assert.equal(familyOf("application/vnd.cncf.helm.config.v1+json"), "oci");
});

test("toOciMediaType() knows every type of Docker's and leaves others alone", () => {
  for (const mediaType of [manifestMediaType, indexMediaType, configMediaType]) {
    assert.equal(toOciMediaType(mediaType("docker")), mediaType("oci"));
  }
  for (const compression of ["gzip", "none"] as const) {
    assert.equal(
      toOciMediaType(layerMediaType("docker", compression)),
      layerMediaType("oci", compression),
    );
  }
  assert.equal(
    toOciMediaType("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  );
  assert.equal(toOciMediaType("application/x-other"), "application/x-other");
});

test("isLayerForeign() knows the layers of both families that are kept elsewhere", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  const layer = (mediaType: string): Descriptor => ({ mediaType, digest, size: 1 });
  for (
    const mediaType of [
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      "application/vnd.docker.image.rootfs.foreign.diff.tar",
      "application/vnd.oci.image.layer.nondistributable.v1.tar",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    ]
  ) assert(isLayerForeign(layer(mediaType)), mediaType);
  for (const mediaType of [layerMediaType("oci", "gzip"), layerMediaType("docker", "gzip")]) {
    assert(!isLayerForeign(layer(mediaType)), mediaType);
  }
});

test("layerCompression() reads what layerMediaType() writes, and nothing of what is kept elsewhere", () => {
  for (const compression of ["gzip", "zstd", "none"] as const) {
    assert.equal(layerCompression(layerMediaType("oci", compression)), compression);
  }
  for (const compression of ["gzip", "none"] as const) {
    assert.equal(layerCompression(layerMediaType("docker", compression)), compression);
  }
  const others = [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.in-toto+json",
  ];
  for (const other of others) assert.equal(layerCompression(other), undefined);
});

test("ACCEPT_MANIFESTS names both kinds of both families in one header", () => {
  assert.equal(ACCEPT_MANIFESTS.split(", ").length, 4);
});
