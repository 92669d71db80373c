/** Builds the config of an image from what an engine answers about it, since the API does not give the config itself. */

import { type HistoryEntry, type ImageConfig, parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { checkDescriptor } from "../oci/document_body.ts";
import { formatJson, isJsonObject, type JsonObject } from "../oci/json.ts";

/** The identifier of an image; Podman leaves out the algorithm. */
export function imageId({ Id: id }: JsonObject): Digest | undefined {
  const digest = typeof id === "string" && !id.includes(":") ? `sha256:${id}` : id;
  return isDigest(digest) ? digest : undefined;
}

/** The diffIds of an image, the base first; empty if the engine names none. */
export function layersOf({ RootFS: rootfs }: JsonObject): readonly Digest[] {
  const layers = isJsonObject(rootfs) ? rootfs["Layers"] ?? [] : [];
  return Array.isArray(layers) && layers.every(isDigest) ? layers : [];
}

/** Bytes that an export may have beyond the size of the files in its layers: for headers, padding and small members. */
const EXPORT_REST = 1024 * 1024 * 1024;

/**
 * The most bytes that the export of an image may have, by the size that the engine answers: that of its files, or of its stored layers.
 *
 * @param image What `/images/NAME/json` answers.
 */
export function largestExport({ Size: size }: JsonObject): number {
  return 4 * (typeof size === "number" && size > 0 ? size : 0) + EXPORT_REST;
}

/**
 * The manifest of the image itself in containerd's store: the only complete one, or else that of the platform that the engine shows.
 *
 * @param image What `/images/NAME/json?manifests=1` answers (API 1.48).
 */
export function storedManifest(image: JsonObject): Descriptor | undefined {
  const { Manifests: manifests, Os: os, Architecture: architecture } = image;
  const whole = (Array.isArray(manifests) ? manifests : []).filter((entry) =>
    isJsonObject(entry) && entry["Kind"] === "image" && entry["Available"] === true
  );
  const own = whole.filter(({ ImageData: data }) => {
    const platform = isJsonObject(data) && isJsonObject(data["Platform"]) ? data["Platform"] : {};
    return platform["os"] === os && platform["architecture"] === architecture;
  });
  const only = whole.length === 1 ? whole[0] : own.length === 1 ? own[0] : undefined;
  return only && checkDescriptor(only["Descriptor"], "what the engine says of the image");
}

/**
 * Builds a config.
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
    // A layer without files has the size 0, as a step without a layer has. The history is left out if it does not match the layers.
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

/** Copies those fields that are non-empty strings, under other names. */
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
