/** Joins images and indexes into one index. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { createLimiter } from "../../base/limiter.ts";
import { runTasks } from "../../base/task_group.ts";
import { configPlatform } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { describeDocument, makeDocument, parseDocument } from "../../oci/document.ts";
import { indexEntryKind } from "../../oci/image_index.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { familyOf, indexMediaType } from "../../oci/media_type.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { type Location, locationReference, parseLocation } from "../../storage/location.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { readConfig } from "../bases/read_config.ts";
import { changedImage } from "../update/update_image.ts";
import { type IndexWalk, walkDocuments } from "../index/index_walk.ts";
import { copyContents, copyEntry } from "../transfer/copy_contents.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { putDocument } from "../transfer/put_document.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openSourceAndTarget, withSource } from "./open_source_and_target.ts";
import { parseTarget, putTags } from "./target.ts";

/** Options of {@linkcode makeIndex}. */
export interface IndexOptions extends AccessOptions {
  /** Further tags for the index, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Whether to send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

const optionNames = (): OptionNames<IndexOptions> => ({
  ...ACCESS_OPTIONS,
  tags: true,
  dryRun: true,
});

/** One entry of the new index, and where it comes from. */
interface Part {
  readonly entry: Descriptor;
  /** What messages call it. */
  readonly name: string;
}

/** Implements `makeIndex` of the main entry, with the host in the options. */
export async function makeIndex(
  target: string,
  images: readonly string[],
  options: IndexOptions = {},
): Promise<ImageResult> {
  checkOptions(options, optionNames(), "makeIndex()");
  const to = parseTarget(target, options.tags);
  if (!Array.isArray(images) || images.length === 0) {
    throw new TypeError(`Cannot make the index "${target}": expected a list of images`);
  }
  const locations = images.map(requireImage);
  requireLocation("index TARGET", to.location);
  return await withAccess(options, (access) =>
    runTasks(options.signal, async (group) => {
      const { dryRun, onProgress } = options;
      const opening = { access, group, platforms: [], dryRun, onProgress };
      const [first, ...others] = locations;
      const context = await openSourceAndTarget(first as Location, to, opening);
      const contexts = [
        context,
        ...others.map((location) => withSource(context, location, { access, onProgress })),
      ];
      const limit = createLimiter(access.concurrency);
      // All images are read and compared before anything is sent.
      const found = await Promise.all(locations.map(async (location, place) => {
        const context = contexts[place] as CopyContext;
        const reference = locationReference(location);
        const document = await group.start(() =>
          limit(() => context.source.getManifest(reference, { signal: group.signal }))
        );
        const walk = walkDocuments(context.source, group.signal);
        return {
          context,
          document,
          parts: await readParts(document, walk, context, images[place] ?? ""),
        };
      }));
      const manifests = joinParts(found.flatMap(({ parts }) => parts));
      await Promise.all(
        found.map(({ context, document }) => group.start(() => copyParts(document, context))),
      );
      const isDocker = manifests.every(({ mediaType }) => familyOf(mediaType) === "docker");
      const mediaType = indexMediaType(isDocker ? "docker" : "oci");
      const document = await makeDocument({ schemaVersion: 2, mediaType, manifests }, mediaType);
      const digest = await putTags(to, document, contexts[0] as CopyContext);
      const made = manifests.filter((entry) => indexEntryKind(entry) === "image");
      return imageResult({
        to,
        document,
        digest,
        images: made.map((entry) => changedImage(entry, entry.platform)),
        access,
        dryRun,
      });
    }));
}

function requireImage(text: string): Location {
  const location = parseLocation(text);
  if (location.kind !== "scratch") return location;
  throw new SyntaxError(
    'Cannot put "scratch" into an index: it is the empty image, and only a base',
  );
}

/** The entries of an image or index, each with its platform. Nested indexes are replaced by their entries. */
async function readParts(
  document: Document,
  walk: IndexWalk,
  context: CopyContext,
  name: string,
): Promise<readonly Part[]> {
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    const entry = await withPlatform(describeDocument(document), parsed.manifest, context);
    return [{ entry, name }];
  }
  const below = walk.into(parsed.index);
  const parts = await Promise.all(parsed.index.manifests.map(async (entry) => {
    const kind = indexEntryKind(entry);
    if (kind === "index") return await readParts(await below.read(entry), below, context, name);
    if (kind !== "image" || entry.platform) return [{ entry, name }];
    const image = parseDocument(await below.read(entry));
    return image.kind === "index"
      ? [{ entry, name }]
      : [{ entry: await withPlatform(entry, image.manifest, context), name }];
  }));
  return parts.flat();
}

async function withPlatform(
  entry: Descriptor,
  manifest: Manifest,
  { source, group: { signal } }: CopyContext,
): Promise<Descriptor> {
  if (!isImageManifest(manifest)) return entry;
  const platform = configPlatform(await readConfig(source, manifest.config, signal));
  return platform === undefined ? entry : { ...entry, platform };
}

/**
 * Lists the entries of all parts, each once.
 *
 * @throws {RangeError} if two images have the same platform, since the second could not be selected.
 */
export function joinParts(parts: readonly Part[]): readonly Descriptor[] {
  const joined = new Map<string, Descriptor>();
  const platforms = new Map<string, Part>();
  for (const part of parts) {
    const { entry, name } = part;
    if (joined.has(entry.digest)) continue;
    joined.set(entry.digest, entry);
    if (indexEntryKind(entry) !== "image" || !entry.platform) continue;
    const platform = formatPlatform(entry.platform);
    const other = platforms.get(platform);
    if (other !== undefined) {
      throw new RangeError(
        `Cannot make an index with two images for "${platform}": "${other.entry.digest}" of "${other.name}" and "${entry.digest}" of "${name}"`,
      );
    }
    platforms.set(platform, part);
  }
  return [...joined.values()];
}

/** Copies the contents of an image or index, so that the target has everything by its digest. */
async function copyParts(document: Document, context: CopyContext): Promise<void> {
  const { source, target, group: { signal, start } } = context;
  if (target.isSame(source)) return;
  const walk = walkDocuments(source, signal);
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    await copyContents(document, walk, context);
    await putDocument(document.digest, document, context);
    return;
  }
  const below = walk.into(parsed.index);
  await Promise.all(
    parsed.index.manifests.map((entry) => start(() => copyEntry(entry, below, context))),
  );
}
