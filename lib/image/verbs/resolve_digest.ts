/** Finds the digest of a reference. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { configPlatform } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseDocument } from "../../oci/document.ts";
import { type ImageIndex, parseIndex } from "../../oci/image_index.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { formatPlatform, parsePlatform, type Platform } from "../../oci/platform.ts";
import { locationReference, parseLocation } from "../../storage/location.ts";
import type { Repository } from "../../storage/repository.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { readConfig } from "../bases/read_config.ts";
import { walkDocuments } from "../index/index_walk.ts";
import { listImages } from "../index/list_images.ts";
import { isImage, matchingImages, requirePlatforms } from "../index/select_images.ts";

/** Options of {@linkcode resolveDigest}. */
export interface ResolveDigestOptions extends AccessOptions {
  /**
   * Which image of an index to find, as `OS/ARCH[/VARIANT]`.
   *
   * @default the index itself
   */
  readonly platform?: string | undefined;
}

const optionNames = (): OptionNames<ResolveDigestOptions> => ({
  ...ACCESS_OPTIONS,
  platform: true,
});

/** Implements `resolveDigest` of the main entry, with the host in the options. */
export async function resolveDigest(
  reference: string,
  options: ResolveDigestOptions = {},
): Promise<Digest> {
  checkOptions(options, optionNames(), "resolveDigest()");
  const location = parseLocation(reference);
  requireLocation("digest REFERENCE", location);
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  return await withAccess(options, async (access) => {
    const source = access.open(location, "pull");
    const name = locationReference(location);
    return await runTasks(options.signal, async (group) => {
      const { signal } = group;
      const digest = platform === undefined
        ? await source.headManifest(name, { signal })
        : undefined;
      if (digest !== undefined) return digest;
      const document = await source.getManifest(name, { signal });
      return platform === undefined
        ? document.digest
        : await findImage(document, platform, { source, group });
    });
  });
}

interface Search {
  readonly source: Repository;
  readonly group: TaskGroup;
}

async function findImage(document: Document, platform: Platform, search: Search): Promise<Digest> {
  const parsed = parseDocument(document);
  if (parsed.kind === "index") return await findInIndex(parsed.index, platform, search);
  requirePlatforms([platform], [await readPlatform(parsed.manifest, search)]);
  return document.digest;
}

async function findInIndex(
  index: ImageIndex,
  platform: Platform,
  { source, group: { signal } }: Search,
): Promise<Digest> {
  const { images } = await listImages(index, {
    walk: walkDocuments(source, signal),
    parse: parseIndex,
  });
  const matching = matchingImages(images, [platform]).filter(isImage);
  const [digest, ...others] = new Set(matching.map(({ digest }) => digest));
  if (digest !== undefined && others.length === 0) return digest;
  const found = matching.map((image) => image.platform ? formatPlatform(image.platform) : "none");
  throw new RangeError(
    `Cannot choose an image for "${formatPlatform(platform)}": there are ${matching.length}, for ${
      [...new Set(found)].join(", ")
    }`,
  );
}

async function readPlatform(
  manifest: Manifest,
  { source, group: { signal } }: Search,
): Promise<Platform | undefined> {
  return isImageManifest(manifest)
    ? configPlatform(await readConfig(source, manifest.config, signal))
    : undefined;
}
