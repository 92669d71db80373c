/** Compares two images by their manifests and configs. */

import { checkOptions } from "../../base/check_options.ts";
import {
  compareConfigs,
  compareMaps,
  type FieldDifference,
  toMap,
} from "../../oci/compare_configs.ts";
import type { Digest } from "../../oci/digest.ts";
import { plainJson } from "../../oci/json.ts";
import {
  type InspectedImage,
  type InspectedLayer,
  type Inspection,
  inspectOptionNames,
  type InspectOptions,
  readInspection,
} from "./inspect.ts";

/** What differs between two images, or two indexes of images. */
export interface ImageDifference {
  /** Full name and digest of the first. */
  readonly from: Pick<Inspection, "name" | "digest">;
  /** Full name and digest of the second. */
  readonly to: Pick<Inspection, "name" | "digest">;
  /** Whether they are equal, byte for byte. */
  readonly isSame: boolean;
  /** Platforms that only the first has. */
  readonly removedPlatforms: readonly string[];
  /** Platforms that only the second has. */
  readonly addedPlatforms: readonly string[];
  /** Fields of the indexes that differ: their media type, and `annotations.KEY`. */
  readonly fields: readonly {
    readonly field: string;
    readonly from?: unknown;
    readonly to?: unknown;
  }[];
  /** Images of common platforms that differ. */
  readonly images: readonly {
    /** Platform, `OS/ARCH[/VARIANT]`; absent if neither index nor config names it. */
    readonly platform?: string;
    readonly from: Digest;
    readonly to: Digest;
    /**
     * Settings that differ, such as `User`, `Env.PATH`, `Labels.version`, `created`, and `annotations.KEY` of the manifest; a side that
     * has none is absent.
     */
    readonly fields: readonly {
      readonly field: string;
      readonly from?: unknown;
      readonly to?: unknown;
    }[];
    /** Number of equal layers, at the bottom and at the top. */
    readonly sameLayers: number;
    /** Layers of the first between those. */
    readonly removedLayers: readonly InspectedLayer[];
    /** Layers of the second between those. */
    readonly addedLayers: readonly InspectedLayer[];
  }[];
}

/** Implements `diffImages` of the main entry, with the host in the options. */
export async function diffImages(
  one: string,
  other: string,
  options: InspectOptions = {},
): Promise<ImageDifference> {
  return await readDifference(one, other, options, plainJson);
}

/**
 * As {@linkcode diffImages}, with a choice of how numbers are given.
 *
 * @param show See `readInspection`.
 */
export async function readDifference(
  one: string,
  other: string,
  options: InspectOptions,
  show?: <T>(document: T) => T,
): Promise<ImageDifference> {
  checkOptions(options, inspectOptionNames(), "diffImages()");
  const [from, to] = await Promise.all([
    readInspection(one, options, show),
    readInspection(other, options, show),
  ]);
  return compareInspections(from, to);
}

/** Compares two inspections. */
export function compareInspections(from: Inspection, to: Inspection): ImageDifference {
  // Two single images are compared whatever their platforms are.
  const areSingle = from.index === undefined && to.index === undefined;
  const [ones, others] = areSingle
    ? [new Map([["", from.images[0]]]), new Map([["", to.images[0]]])]
    : [byPlatform(from), byPlatform(to)];
  const without = (platforms: ReadonlyMap<string, unknown>, than: typeof platforms): string[] =>
    [...platforms.keys()].filter((platform) => !than.has(platform));
  const differing = [...ones].flatMap(([platform, one]) => {
    const other = others.get(platform);
    const differs = one !== undefined && other !== undefined && one.digest !== other.digest;
    return differs ? [compareImages(one, other)] : [];
  });
  return {
    from: { name: from.name, digest: from.digest },
    to: { name: to.name, digest: to.digest },
    isSame: from.digest === to.digest,
    removedPlatforms: without(ones, others),
    addedPlatforms: without(others, ones),
    fields: areSingle ? [] : [
      ...compareMaps("", { mediaType: from.mediaType }, { mediaType: to.mediaType }),
      ...compareMaps("annotations.", toMap(from.index?.annotations), toMap(to.index?.annotations)),
    ],
    images: differing,
  };
}

/** Images by their platforms; further ones of the same platform are numbered. */
function byPlatform({ images }: Inspection): ReadonlyMap<string, InspectedImage> {
  const named = new Map<string, InspectedImage>();
  const counts = new Map<string, number>();
  for (const image of images) {
    const platform = image.platform ?? "unknown";
    const count = (counts.get(platform) ?? 0) + 1;
    counts.set(platform, count);
    named.set(count === 1 ? platform : `${platform} (${count})`, image);
  }
  return named;
}

function compareImages(
  from: InspectedImage,
  to: InspectedImage,
): ImageDifference["images"][number] {
  const platform = to.platform ?? from.platform;
  return {
    ...(platform === undefined ? {} : { platform }),
    from: from.digest,
    to: to.digest,
    fields: compareFields(from, to),
    ...compareLayers(from.layers, to.layers),
  };
}

function compareFields(from: InspectedImage, to: InspectedImage): readonly FieldDifference[] {
  const none = { rootfs: { ["diff_ids"]: [] } };
  return [
    ...compareMaps("", { mediaType: from.mediaType }, { mediaType: to.mediaType }),
    ...compareConfigs(from.config ?? none, to.config ?? none),
    ...compareMaps(
      "annotations.",
      toMap(from.manifest.annotations),
      toMap(to.manifest.annotations),
    ),
  ];
}

/** Compares layers: those between the equal ones at the bottom and at the top differ. */
function compareLayers(
  from: readonly InspectedLayer[],
  to: readonly InspectedLayer[],
): Pick<ImageDifference["images"][number], "sameLayers" | "removedLayers" | "addedLayers"> {
  const most = Math.min(from.length, to.length);
  let bottom = 0;
  while (bottom < most && from[bottom]?.digest === to[bottom]?.digest) bottom++;
  let top = 0;
  while (top < most - bottom && from.at(-1 - top)?.digest === to.at(-1 - top)?.digest) top++;
  return {
    sameLayers: bottom + top,
    removedLayers: from.slice(bottom, from.length - top),
    addedLayers: to.slice(bottom, to.length - top),
  };
}
