/**
 * Layers with names, by which a later run can replace them. The names are in a label of the config, which all copies and engines keep, with
 * Docker's media types as with OCI's.
 */

import { parseBoundedJson } from "../base/bounded_json.ts";
import type { ImageConfig } from "./config.ts";
import { hasMatchingHistory, type HistoryEntry } from "./config.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject } from "./json.ts";
import { editMap, setFields } from "./patch.ts";

/** The label: a JSON object with the diffIds of each name, from the lowest up. */
export const LAYERS_LABEL = "io.appendlayer.layers";

/** The layers of a name. */
export interface NamedLayers {
  /** Their indexes among the layers, from the lowest up. */
  readonly places: readonly number[];
  /** Layers in the label that the image does not have. */
  readonly missing: readonly Digest[];
}

/** Finds the layers of a name. A label that cannot be read names none. */
export function findNamedLayers(config: ImageConfig, name: string): NamedLayers {
  const { diff_ids: diffIds } = config.rootfs;
  const places = new Set<number>();
  const missing: Digest[] = [];
  for (const diffId of readLabel(config)[name] ?? []) {
    // Of equal layers the uppermost one: named layers are above the base.
    const place = diffIds.findLastIndex((other, at) => other === diffId && !places.has(at));
    if (place < 0) missing.push(diffId);
    else places.add(place);
  }
  return { places: [...places].sort((a, b) => a - b), missing };
}

/** Which layers are replaced. */
export interface Replacement {
  /** Indexes of the layers to remove. */
  readonly places: readonly number[];
  /** Index of the first new layer. @default the lowest of the removed ones, or on top */
  readonly at?: number | undefined;
}

/** Removes layers from a list, and inserts others. */
export function replaceLayers<Layer>(
  layers: readonly Layer[],
  { places, at = places[0] ?? layers.length }: Replacement,
  added: readonly Layer[],
): readonly Layer[] {
  const kept = (layer: Layer, index: number): Layer[] => places.includes(index) ? [] : [layer];
  const all = layers.map(kept);
  return [...all.slice(0, at).flat(), ...added, ...all.slice(at).flat()];
}

/**
 * Replaces layers in a config, with their history entries, and records the new ones under the name. A history that does not match the layers
 * stays as it is.
 */
export function replaceInConfig(
  config: ImageConfig,
  { name, places: named, keepsFirst = false, diffIds, entries }: {
    readonly name: string;
    /** Indexes of its layers. */
    readonly places: readonly number[];
    /** Whether the lowest of them stays below the new ones. @default {false} */
    readonly keepsFirst?: boolean | undefined;
    readonly diffIds: readonly Digest[];
    /** One for each new layer. */
    readonly entries: readonly HistoryEntry[];
  },
): ImageConfig {
  const old = config.rootfs.diff_ids;
  const { places, at = old.length } = replacementOf(named, keepsFirst);
  const rootfs = setFields(config.rootfs, {
    ["diff_ids"]: replaceLayers(old, { places, at }, diffIds),
  });
  const history = config.history ?? [];
  const steps = history.flatMap((entry, at) => entry.empty_layer === true ? [] : [at]);
  const stepOf = (place: number): number => steps[place] ?? history.length;
  const replaced = { places: places.map(stepOf), at: keepsFirst ? stepOf(at - 1) + 1 : stepOf(at) };
  const changed = hasMatchingHistory(config)
    ? { rootfs, history: replaceLayers(history, replaced, entries) }
    : { rootfs };
  const kept = keepsFirst ? old.slice(at - 1, at) : [];
  return nameLayers(setFields(config, changed), name, [...kept, ...diffIds]);
}

/** The replacement of a name's layers: of all, or of all but the lowest, above which the new ones are put. */
export function replacementOf(places: readonly number[], keepsFirst: boolean): Replacement {
  const [first] = places;
  if (!keepsFirst || first === undefined) return { places, at: first };
  return { places: places.slice(1), at: first + 1 };
}

function nameLayers(config: ImageConfig, name: string, diffIds: readonly Digest[]): ImageConfig {
  const label = JSON.stringify({ ...readLabel(config), [name]: diffIds });
  const Labels = editMap(config.config?.Labels, { [LAYERS_LABEL]: label });
  return setFields(config, { config: setFields(config.config ?? {}, { Labels }) });
}

function readLabel({ config }: ImageConfig): Readonly<Record<string, readonly Digest[]>> {
  try {
    const names = parseBoundedJson(config?.Labels?.[LAYERS_LABEL] ?? "{}");
    if (!isJsonObject(names)) return {};
    const isList = (value: unknown): value is Digest[] =>
      Array.isArray(value) && value.every(isDigest);
    return Object.fromEntries(
      Object.entries(names).filter((entry): entry is [string, Digest[]] => isList(entry[1])),
    );
  } catch {
    return {};
  }
}

/**
 * Whether a config equals that of the base, except for times and the labels that name the base: then nothing was changed.
 *
 * @param named The labels that name the base.
 */
export function isSameBesideDates(
  config: ImageConfig,
  base: ImageConfig,
  named: readonly string[],
): boolean {
  const undated = (image: ImageConfig): string =>
    JSON.stringify({
      ...image,
      created: undefined,
      history: image.history?.map(({ created: _created, ...entry }) => entry),
      config: image.config && {
        ...image.config,
        Labels: editMap(
          image.config.Labels,
          Object.fromEntries(named.map((label) => [label, null])),
        ),
      },
    });
  return undated(config) === undated(base);
}
