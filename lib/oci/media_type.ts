/** Media types of the two families that registries take (OCI image spec 1.1, media-types.md; Docker image manifest v2, schema 2). */

import type { BlobReference } from "./blob_reference.ts";

/** A set of media types that belong together in one manifest: registries and engines refuse mixtures. */
export type Family = "oci" | "docker";

/** How a layer's bytes are compressed. */
export type LayerCompression = "gzip" | "zstd" | "none";

/** `application/vnd.oci.image.manifest.v1+json` */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** `application/vnd.oci.image.index.v1+json` */
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** `application/vnd.oci.image.config.v1+json` */
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
/** `application/vnd.oci.image.layer.v1.tar`, without a suffix for its compression. */
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
/** `application/vnd.oci.image.layer.nondistributable.v1.tar`, without a suffix for its compression. */
export const OCI_FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar";
/** `application/vnd.docker.distribution.manifest.v2+json` */
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
/** `application/vnd.docker.distribution.manifest.list.v2+json` */
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
/** `application/vnd.docker.container.image.v1+json` */
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
/** `application/vnd.docker.image.rootfs.diff.tar`, without a suffix for its compression. */
export const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
/** `application/vnd.docker.image.rootfs.foreign.diff.tar`, without a suffix for its compression. */
export const DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar";

/** The `Accept` header for manifests: docker-registry answers 400 or 404 to less. */
export const ACCEPT_MANIFESTS: string =
  `${OCI_MANIFEST}, ${OCI_INDEX}, ${DOCKER_MANIFEST}, ${DOCKER_INDEX}`;

const OF_OCI: ReadonlyMap<string, string> = /* @__PURE__ */ (() =>
  new Map([
    [DOCKER_MANIFEST, OCI_MANIFEST],
    [DOCKER_INDEX, OCI_INDEX],
    [DOCKER_CONFIG, OCI_CONFIG],
    [DOCKER_LAYER, OCI_LAYER],
    [`${DOCKER_LAYER}.gzip`, `${OCI_LAYER}+gzip`],
    [`${DOCKER_LAYER}.zstd`, `${OCI_LAYER}+zstd`],
    [DOCKER_FOREIGN_LAYER, OCI_FOREIGN_LAYER],
    [`${DOCKER_FOREIGN_LAYER}.gzip`, `${OCI_FOREIGN_LAYER}+gzip`],
    [`${DOCKER_FOREIGN_LAYER}.zstd`, `${OCI_FOREIGN_LAYER}+zstd`],
  ]))();

/** The family that a manifest's or index's media type belongs to. Everything that is not Docker's counts as OCI. */
export function familyOf(mediaType: string): Family {
  return mediaType.startsWith("application/vnd.docker.") ? "docker" : "oci";
}

/**
 * The media type of a new layer.
 *
 * @throws {TypeError} for zstd in Docker's family, which Podman refuses: convert the manifest first (`convertManifestToOci`).
 */
export function layerMediaType(family: Family, compression: LayerCompression): string {
  if (family === "oci") return compression === "none" ? OCI_LAYER : `${OCI_LAYER}+${compression}`;
  if (compression !== "zstd") {
    return compression === "none" ? DOCKER_LAYER : `${DOCKER_LAYER}.${compression}`;
  }
  throw new TypeError(
    'Cannot put a "zstd" layer into a Docker manifest: only OCI manifests hold zstd layers',
  );
}

/** How a layer is compressed, by its media type; undefined if the type is foreign or unknown. */
export function layerCompression(mediaType: string): LayerCompression | undefined {
  switch (toOciMediaType(mediaType)) {
    case OCI_LAYER:
      return "none";
    case `${OCI_LAYER}+gzip`:
      return "gzip";
    case `${OCI_LAYER}+zstd`:
      return "zstd";
    default:
      return undefined;
  }
}

/** The media type of an image config. */
export function configMediaType(family: Family): string {
  return family === "oci" ? OCI_CONFIG : DOCKER_CONFIG;
}

/** The media type of a manifest. */
export function manifestMediaType(family: Family): string {
  return family === "oci" ? OCI_MANIFEST : DOCKER_MANIFEST;
}

/** The media type of an index. */
export function indexMediaType(family: Family): string {
  return family === "oci" ? OCI_INDEX : DOCKER_INDEX;
}

/** Whether it is the media type of an image manifest. */
export function isManifestMediaType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

/** Whether it is the media type of an index, which Docker calls a manifest list. */
export function isIndexMediaType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX;
}

/** The OCI media type for one of Docker's; any other is returned as it is. */
export function toOciMediaType(mediaType: string): string {
  return OF_OCI.get(mediaType) ?? mediaType;
}

/**
 * Whether a layer is foreign, which means that it is not kept in registries: its descriptor is kept, and its content is never fetched, mounted
 * or uploaded (CVE-2020-15157).
 */
export function isLayerForeign({ mediaType = "" }: Pick<BlobReference, "mediaType">): boolean {
  return mediaType.startsWith(OCI_FOREIGN_LAYER) || mediaType.startsWith(DOCKER_FOREIGN_LAYER);
}
