/** Merges the config of an image with that of a new base. */

import { CONFIG_MAPS, envMap, isSame, toMap } from "./compare_configs.ts";
import type { ContainerConfig, ImageConfig } from "./config.ts";
import { hasMatchingHistory, type HistoryEntry } from "./config.ts";
import type { JsonObject } from "./json.ts";
import { setFields } from "./patch.ts";

/** A setting that differs between the image, its old base and its new base. */
export interface MergeConflict {
  /** `User`, `Env.PATH`. */
  readonly field: string;
}

/** Result of {@linkcode rebaseConfig}. */
export interface RebasedConfig {
  readonly config: ImageConfig;
  /** Settings for which the image's own value was kept although the bases differ. */
  readonly conflicts: readonly MergeConflict[];
}

/** The three sides of a merge. */
export interface Sides<Value> {
  readonly image: Value;
  readonly old: Value;
  readonly onto: Value;
}

/** Fields that are merged or newly made; others are those of the new base. */
const OWN_FIELDS = ["config", "rootfs", "history", "created", "author"];

/**
 * Whether an image's first layers are those of a base, by their diffIds, since a layer may be compressed differently.
 */
export function isBasedOn(image: ImageConfig, base: ImageConfig): boolean {
  const { diff_ids: own } = image.rootfs;
  return base.rootfs.diff_ids.every((diffId, index) => own[index] === diffId);
}

/**
 * Applies an image's changes to its old base to a new one: layers, history, and each setting that differs from the old base.
 *
 * @param image An image that {@linkcode isBasedOn} its old base.
 */
export function rebaseConfig(
  { image, old, onto }: Sides<ImageConfig>,
  created: Date,
): RebasedConfig {
  const conflicts: MergeConflict[] = [];
  const fields: Record<string, unknown> = {};
  for (const field of keysOf({ image, old, onto })) {
    if (OWN_FIELDS.includes(field)) continue;
    // Platform and other fields are those of the new base.
    fields[field] = onto[field];
  }
  const diffIds = image.rootfs.diff_ids.slice(old.rootfs.diff_ids.length);
  return {
    config: setFields(onto, {
      ...fields,
      created: created.toISOString(),
      author: image.author ?? onto.author,
      config: mergeContainers(
        { image: image.config ?? {}, old: old.config ?? {}, onto: onto.config ?? {} },
        conflicts,
      ),
      rootfs: { ...onto.rootfs, diff_ids: [...onto.rootfs.diff_ids, ...diffIds] },
      history: mergeHistories({ image, old, onto }),
    }),
    conflicts,
  };
}

function mergeContainers(
  { image, old, onto }: Sides<ContainerConfig>,
  conflicts: MergeConflict[],
): JsonObject {
  const merged: Record<string, unknown> = {};
  for (const field of keysOf({ image, old, onto })) {
    const sides = { image: image[field], old: old[field], onto: onto[field] };
    merged[field] = field === "Env"
      ? mergeEnv(sides, conflicts)
      : CONFIG_MAPS.includes(field)
      ? mergeMaps(field, sides, conflicts)
      : mergeValues(field, sides, conflicts);
  }
  return setFields(onto, merged);
}

/** A value that equals the old base's becomes the new base's; otherwise the image's own stays. */
function mergeValues<Value>(
  field: string,
  { image, old, onto }: Sides<Value>,
  conflicts: MergeConflict[],
): Value {
  if (isSame(image, old)) return onto;
  if (!isSame(old, onto) && !isSame(image, onto)) conflicts.push({ field });
  return image;
}

/** Merges maps of texts by their keys, such as annotations. */
export function mergeMaps(
  field: string,
  sides: Sides<unknown>,
  conflicts: MergeConflict[],
): JsonObject | undefined {
  const maps = {
    image: toMap(sides.image),
    old: toMap(sides.old),
    onto: toMap(sides.onto),
  };
  const merged: Record<string, unknown> = {};
  // The keys of the new base come first, in its order.
  for (const key of keysOf({ image: maps.onto, old: maps.image, onto: maps.old })) {
    const values = { image: maps.image[key], old: maps.old[key], onto: maps.onto[key] };
    const value = mergeValues(`${field}.${key}`, values, conflicts);
    if (value !== undefined) merged[key] = value;
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function mergeEnv(sides: Sides<unknown>, conflicts: MergeConflict[]): string[] | undefined {
  const merged = mergeMaps("Env", {
    image: envMap(sides.image),
    old: envMap(sides.old),
    onto: envMap(sides.onto),
  }, conflicts);
  return merged && Object.values(merged).map(String);
}

/** The new base's history, followed by the image's own; undefined if one of the three histories does not match its layers. */
function mergeHistories({ image, old, onto }: Sides<ImageConfig>): HistoryEntry[] | undefined {
  const matching = [image, old, onto].every(hasMatchingHistory);
  if (!matching) return undefined;
  const history = image.history ?? [];
  const oldHistory = old.history ?? [];
  const isPrefix = oldHistory.every((entry, at) => isSame(entry, history[at]));
  const rest = isPrefix ? oldHistory.length : afterLayers(history, old.rootfs.diff_ids.length);
  return [...onto.history ?? [], ...history.slice(rest)];
}

/** The index in a history after a number of layers. */
function afterLayers(history: readonly HistoryEntry[], count: number): number {
  const steps = history.flatMap((entry, at) => entry.empty_layer === true ? [] : [at]);
  return steps[count] ?? history.length;
}

function keysOf({ image, old, onto }: Sides<JsonObject>): string[] {
  return [...new Set([image, old, onto].flatMap((side) => Object.keys(side)))];
}
