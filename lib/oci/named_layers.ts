/**
 * Layers that are known by a name, so that a later run can put others in their place. The names are in a label of the config: every copy
 * keeps it, in Docker's family as in OCI's, and so do engines.
 */

import type { ImageConfig } from "./config.ts";
import { hasMatchingHistory, type HistoryEntry } from "./config.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject } from "./json.ts";
import { editMap, setFields } from "./patch.ts";

/** The label: a JSON object with the diffIds of each name, from the lowest up. */
export const LAYERS_LABEL = "io.appendlayer.layers";

/** Where the layers of a name are. */
export interface NamedLayers {
  /** Places among the layers, from the lowest up. */
  readonly places: readonly number[];
  /** Layers that the label has, and the image has not. */
  readonly missing: readonly Digest[];
}

/** Finds the layers of a name. A label that cannot be read names none. */
export function findNamedLayers(config: ImageConfig, name: string): NamedLayers {
  const { diff_ids: diffIds } = config.rootfs;
  const places = new Set<number>();
  const missing: Digest[] = [];
  for (const diffId of readLabel(config)[name] ?? []) {
    // Of equal layers the uppermost: what was made by name lies above its base.
    const place = diffIds.findLastIndex((other, at) => other === diffId && !places.has(at));
    if (place < 0) missing.push(diffId);
    else places.add(place);
  }
  return { places: [...places].sort((a, b) => a - b), missing };
}

/** Takes layers out of a list, and puts others where the lowest of them was; on top where none was. */
export function replaceLayers<Layer>(
  layers: readonly Layer[],
  places: readonly number[],
  added: readonly Layer[],
): readonly Layer[] {
  const [first = layers.length] = places;
  const kept = (layer: Layer, at: number): Layer[] => places.includes(at) ? [] : [layer];
  return [
    ...layers.slice(0, first),
    ...added,
    ...layers.slice(first).flatMap((layer, index) => kept(layer, first + index)),
  ];
}

/**
 * Replaces layers in a config, with their history entries, and remembers the new ones under the name. A history that does not match the
 * layers stays as it is.
 */
export function replaceInConfig(
  config: ImageConfig,
  { name, places, diffIds, entries }: {
    readonly name: string;
    readonly places: readonly number[];
    readonly diffIds: readonly Digest[];
    /** One for each new layer. */
    readonly entries: readonly HistoryEntry[];
  },
): ImageConfig {
  const rootfs = setFields(config.rootfs, {
    ["diff_ids"]: replaceLayers(config.rootfs.diff_ids, places, diffIds),
  });
  const history = config.history ?? [];
  const steps = history.flatMap((entry, at) => entry.empty_layer === true ? [] : [at]);
  const stepsOf = places.map((place) => steps[place] ?? history.length);
  const changed = hasMatchingHistory(config)
    ? { rootfs, history: replaceLayers(history, stepsOf, entries) }
    : { rootfs };
  return nameLayers(setFields(config, changed), name, diffIds);
}

function nameLayers(config: ImageConfig, name: string, diffIds: readonly Digest[]): ImageConfig {
  const label = JSON.stringify({ ...readLabel(config), [name]: diffIds });
  const Labels = editMap(config.config?.Labels, { [LAYERS_LABEL]: label });
  return setFields(config, { config: setFields(config.config ?? {}, { Labels }) });
}

function readLabel({ config }: ImageConfig): Readonly<Record<string, readonly Digest[]>> {
  try {
    const names: unknown = JSON.parse(config?.Labels?.[LAYERS_LABEL] ?? "{}");
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
 * Whether a config is that of the base, but for the time of it, of its history, and for what names the base: then nothing was changed.
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
