/** Decides what becomes of the config of a base, and of what names the base of an image. */

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
  /** Whether the lowest layer of the name that is replaced stays. */
  readonly keepsFirst: boolean;
}

/** Lists the new layers in the config of a base, in the place of those of the name that they replace, and edits it. */
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

/** What becomes of the pair that names the base. */
export async function pairEdit(
  manifest: Manifest,
  { config, hadNamed }: ChangedConfig,
  { base, change, isStillBase }: BuildContext,
): Promise<MapEdit> {
  const { basePair } = change;
  // Where layers of the base are gone, it is the base no more.
  if (!hadNamed) return basePair === "keep" ? {} : basePairEdit(basePair);
  const old = readBasePair(manifest, await base.config(manifest.config));
  if (old === undefined) return {};
  return await isStillBase(old, config) ? {} : basePairEdit(undefined);
}

/** Names the base in labels, as Docker's family has it. */
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
