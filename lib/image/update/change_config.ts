/** Changes the config of a base, and the pair that names the base of an image. */

import { BASE_PAIR_KEYS, basePairEdit, readBasePair } from "../../oci/base_pair.ts";
import { appendToConfig, historyEntries, type ImageConfig } from "../../oci/config.ts";
import { editConfig } from "../../oci/config_edit.ts";
import { describeEdit } from "../../oci/describe_edit.ts";
import type { Digest } from "../../oci/digest.ts";
import { jsonText } from "../../oci/json.ts";
import type { Manifest } from "../../oci/manifest.ts";
import {
  findNamedLayers,
  replaceInConfig,
  type Replacement,
  replacementOf,
} from "../../oci/named_layers.ts";
import { editMap, type MapEdit, setFields } from "../../oci/patch.ts";
import type { BuildContext } from "./build_context.ts";
import type { StoredLayer } from "./stored_layer.ts";

/** Result of {@linkcode changeConfig}. */
export interface ChangedConfig {
  readonly config: ImageConfig;
  /** Which layers were replaced. */
  readonly replaced: Replacement;
  /** Whether the image had layers of the name. */
  readonly hadNamed: boolean;
}

/** Options of {@linkcode changeConfig}. */
export interface ChangeConfigOptions extends Pick<BuildContext, "change" | "warn"> {
  /** Whether the lowest layer of the replaced name stays. */
  readonly keepsFirst: boolean;
}

/** Adds the new layers to the config of a base, in place of those that they replace, and edits it. */
export function changeConfig(
  base: ImageConfig,
  packed: readonly Pick<StoredLayer, "diffId" | "createdBy">[],
  { change, warn, keepsFirst }: ChangeConfigOptions,
): ChangedConfig {
  const { created, author, comment, createdBy, replace } = change;
  const edited = editConfig(base, change.edit);
  const isEdited = edited !== base && jsonText(edited.config) !== jsonText(base.config);
  const described = isEdited ? describeEdit(change.edit) : [];
  const steps = createdBy === undefined
    ? described
    : packed.length === 0 && described.length > 0
    ? [createdBy]
    : [];
  const layers = packed.map((layer) => ({
    diffId: layer.diffId,
    createdBy: createdBy ?? layer.createdBy ?? "appendlayer",
    comment,
  }));
  const all = { created, author, comment, layers, steps };
  if (replace === undefined) {
    return { config: appendToConfig(edited, all), replaced: { places: [] }, hadNamed: false };
  }
  const { places, missing } = findNamedLayers(base, replace);
  if (missing.length > 0 && places.length === 0) warnOfMissingLayers(replace, missing, warn);
  const entries = historyEntries({ ...all, steps: [] });
  const diffIds = packed.map(({ diffId }) => diffId);
  const named = replaceInConfig(edited, { name: replace, places, keepsFirst, diffIds, entries });
  return {
    config: appendToConfig(named, { ...all, layers: [] }),
    replaced: replacementOf(places, keepsFirst),
    hadNamed: places.length > 0,
  };
}

/** The edit of the pair that names the base. */
export async function pairEdit(
  manifest: Manifest,
  { config, hadNamed }: ChangedConfig,
  { base, change, isStillBase }: BuildContext,
): Promise<MapEdit> {
  const { basePair } = change;
  // If layers of the base were replaced, it may no longer be the base.
  if (!hadNamed) return basePair === "keep" ? {} : basePairEdit(basePair);
  const old = readBasePair(manifest, await base.config(manifest.config));
  if (old === undefined) return {};
  return await isStillBase(old, config) ? {} : basePairEdit(undefined);
}

/** Applies the edit of the base pair to labels, where Docker's media types have it. */
export function editLabels(config: ImageConfig, edit: MapEdit): ImageConfig {
  const pair = Object.fromEntries(
    Object.entries(edit).filter(([key]) => BASE_PAIR_KEYS.includes(key)),
  );
  if (Object.keys(pair).length === 0) return config;
  const Labels = editMap(config.config?.Labels, pair);
  if (Labels === undefined && config.config?.Labels === undefined) return config;
  return setFields(config, { config: setFields(config.config ?? {}, { Labels }) });
}

function warnOfMissingLayers(
  name: string,
  missing: readonly Digest[],
  warn: BuildContext["warn"],
): void {
  warn({
    code: "nothing-replaced",
    message: `The layers ${JSON.stringify(name)} are not in the image any more, as ${
      missing.join(", ")
    }: the new ones are on top`,
  });
}
