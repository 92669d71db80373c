/** Leaves those images in an index that were asked for. */

import type { Digest } from "../oci/digest.ts";
import { type ImageIndex, indexEntryKind, referencedImage } from "../oci/index.ts";
import { formatPlatform, matchesPlatform, type Platform } from "../oci/platform.ts";

/**
 * An index with just the images for some platforms and the attestations of those. Without a wish it stays as it is.
 *
 * @throws {RangeError} if there is no image for one of the platforms; the message lists those that there are.
 */
export function selectImages(index: ImageIndex, wanted: readonly Platform[]): ImageIndex {
  if (wanted.length === 0) return index;
  const images = index.manifests.filter((entry) => indexEntryKind(entry) !== "attestation");
  const available = images.flatMap(({ platform }) => platform ?? []);
  requirePlatforms(wanted, available);
  const selected = images.filter(({ platform }) =>
    platform && wanted.some((one) => matchesPlatform(one, platform))
  );
  const digests = new Set<Digest | undefined>(selected.map((entry) => entry.digest));
  return {
    ...index,
    manifests: index.manifests.filter((entry) =>
      digests.has(entry.digest) ||
      (indexEntryKind(entry) === "attestation" && digests.has(referencedImage(entry)))
    ),
  };
}

/**
 * Checks that there is an image for every wanted platform.
 *
 * @throws {RangeError} naming the first that is missing, and those that there are.
 */
export function requirePlatforms(
  wanted: readonly Platform[],
  available: readonly Platform[],
): void {
  const missing = wanted.find((one) => !available.some((have) => matchesPlatform(one, have)));
  if (missing === undefined) return;
  throw new RangeError(
    `Cannot find an image for "${formatPlatform(missing)}": the base has ${
      available.map(formatPlatform).join(", ") || "no image that names its platform"
    }`,
  );
}
