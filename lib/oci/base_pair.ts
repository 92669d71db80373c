/**
 * The pair of annotations that names the base of an image (OCI image spec 1.1, annotations.md). In Docker's family, whose manifests have
 * no annotations, labels of the config stand for them.
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
  /** A reference, without what it stood for; absent where the base lies in no registry. */
  readonly name?: string | undefined;
  /** What that stood for: an image, or an index of images. */
  readonly digest: Digest;
}

/** Reads the pair of an image, or undefined where it names no base. */
export function readBasePair(manifest: Manifest, config: ImageConfig): BasePair | undefined {
  const isDocker = familyOf(manifest.mediaType ?? "") === "docker";
  const named = (isDocker ? config.config?.Labels : manifest.annotations) ?? {};
  const { [NAME]: name, [DIGEST]: digest } = named;
  if (!isDigest(digest)) return undefined;
  return { ...(typeof name === "string" && name !== "" ? { name } : {}), digest };
}

/** What sets the pair, or takes it out. */
export function basePairEdit(pair: BasePair | undefined): MapEdit {
  return { [NAME]: pair?.name ?? null, [DIGEST]: pair?.digest ?? null };
}
