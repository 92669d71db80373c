/** The config of an image, put together from what an engine says of it: the API gives no config as it is. */

import { type HistoryEntry, type ImageConfig, parseConfig } from "../oci/config.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { formatJson, isJsonObject, type JsonObject } from "../oci/json.ts";

/** The digests of the uncompressed layers, from the base up; empty where the engine names none. */
export function layersOf({ RootFS: rootfs }: JsonObject): readonly Digest[] {
  const layers = isJsonObject(rootfs) ? rootfs["Layers"] ?? [] : [];
  return Array.isArray(layers) && layers.every(isDigest) ? layers : [];
}

/**
 * Puts a config together.
 *
 * @param image What `/images/NAME/json` answers.
 * @param steps What `/images/NAME/history` answers, the newest first.
 * @throws {SyntaxError} if that cannot be a config.
 */
export function engineConfig(image: JsonObject, steps: readonly JsonObject[]): ImageConfig {
  const diffIds = layersOf(image);
  const history = [...steps].reverse().map(historyEntry);
  const layers = history.filter((entry) => entry.empty_layer !== true).length;
  const config: JsonObject = {
    ...textFields(image, {
      created: "Created",
      author: "Author",
      architecture: "Architecture",
      variant: "Variant",
      os: "Os",
      "os.version": "OsVersion",
    }),
    config: isJsonObject(image["Config"]) ? image["Config"] : {},
    rootfs: { type: "layers", diff_ids: diffIds },
    // A layer without files has no size either, so that it cannot be told from a step without a layer.
    ...(layers === diffIds.length ? { history } : {}),
  };
  return parseConfig(formatJson(config), "what the engine says of the image");
}

function historyEntry(step: JsonObject): HistoryEntry {
  const { Created: created, Size: size } = step;
  const date = typeof created === "number" ? new Date(created * 1000) : undefined;
  return {
    ...(date === undefined || Number.isNaN(date.getTime()) ? {} : { created: date.toISOString() }),
    ...textFields(step, { created_by: "CreatedBy", comment: "Comment" }),
    ...(size === 0 ? { empty_layer: true } : {}),
  };
}

/** Those fields that are texts and not empty, under other names. */
function textFields(
  from: JsonObject,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, field]) => {
      const value = from[field];
      return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
    }),
  );
}
