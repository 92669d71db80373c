/**
 * The pair of annotations that names the base of an image (OCI image spec 1.1, annotations.md). Docker's manifests have no annotations, so
 * labels of the config are used.
 */

import type { ImageConfig } from "./config.ts";
import { type Digest, isDigest } from "./digest.ts";
import type { Manifest } from "./manifest.ts";
import { familyOf } from "./media_type.ts";
import type { MapEdit } from "./patch.ts";

const NAME = "org.opencontainers.image.base.name";
const DIGEST = "org.opencontainers.image.base.digest";

/** The keys of the pair. */
export const BASE_PAIR_KEYS: readonly string[] = [NAME, DIGEST];

/** The image that another one was made of. */
export interface BasePair {
  /** Reference of the base without its digest; absent if the base is in no registry. */
  readonly name?: string | undefined;
  /** Digest of the base: an image, or an index. */
  readonly digest: Digest;
}

/** Reads the pair of an image; undefined if it names no base. */
export function readBasePair(manifest: Manifest, config: ImageConfig): BasePair | undefined {
  const isDocker = familyOf(manifest.mediaType ?? "") === "docker";
  const named = (isDocker ? config.config?.Labels : manifest.annotations) ?? {};
  const { [NAME]: name, [DIGEST]: digest } = named;
  if (!isDigest(digest)) return undefined;
  return { ...(typeof name === "string" && name !== "" ? { name } : {}), digest };
}

/** The edit that sets the pair, or removes it. */
export function basePairEdit(pair: BasePair | undefined): MapEdit {
  return { [NAME]: pair?.name ?? null, [DIGEST]: pair?.digest ?? null };
}
