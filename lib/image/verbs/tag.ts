/** Adds tags to an image, in its repository. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import type { Digest } from "../../oci/digest.ts";
import {
  formatLocation,
  locationReference,
  parseLocation,
  withTag,
} from "../../storage/location.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { requireTag } from "./target.ts";

/** Options of {@linkcode tagImage}. */
export interface TagOptions extends AccessOptions {
  /**
   * Whether to write nothing: the image is only read.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** Result of {@linkcode tagImage}. */
export interface TagResult {
  /** Location of the image in full. */
  readonly name: string;
  /** Digest of the manifest or index that the tags now point at. */
  readonly digest: Digest;
  /** Media type of the manifest or index. */
  readonly mediaType: string;
  /** The new tags, each once. */
  readonly tags: readonly string[];
  /** Locations of the image in full, one for each of these tags. */
  readonly targets: readonly string[];
  /** Warnings, each once. */
  readonly warnings: readonly string[];
  /** Present in a dry run: nothing was written. */
  readonly dryRun?: true;
}

const optionNames = (): OptionNames<TagOptions> => ({ ...ACCESS_OPTIONS, dryRun: true });

/** Implements `tagImage` of the main entry, with the host in the options. */
export async function tagImage(
  reference: string,
  tags: readonly string[],
  options: TagOptions = {},
): Promise<TagResult> {
  checkOptions(options, optionNames(), "tagImage()");
  const { dryRun = false, signal } = options;
  const location = parseLocation(reference);
  if (location.kind === "scratch") {
    throw new TypeError('Cannot tag "scratch": it is the empty image, and only a base');
  }
  requireLocation("tag IMAGE", location);
  if (!Array.isArray(tags) || tags.length === 0) {
    throw new TypeError(`Cannot tag "${reference}": expected a list of tags that is not empty`);
  }
  const added = [...new Set<string>(tags.map(requireTag))];
  return await withAccess(options, async (access) => {
    const repository = access.open(location, dryRun ? "pull" : "push");
    const document = await repository.getManifest(locationReference(location), { signal });
    for (const tag of dryRun ? [] : added) await repository.putManifest(tag, document, { signal });
    return {
      name: formatLocation(location),
      digest: document.digest,
      mediaType: document.mediaType,
      tags: added,
      targets: added.map((tag) => formatLocation(withTag(location, tag))),
      warnings: access.warnings.map(({ message }) => message),
      ...(dryRun ? { dryRun } : {}),
    };
  });
}
