// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
/** Image configs (OCI image spec 1.1, config.md): what an image runs, and which layers it consists of. */

import type { Bytes } from "../base/bytes.ts";
import { setFields } from "./patch.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json.ts";
import type { Platform } from "./platform.ts";

/** How a container of the image runs. Unknown fields are kept. */
export interface ContainerConfig {
  /** `USER[:GROUP]`, by names or numbers. */
  readonly User?: string;
  /** `PORT[/PROTOCOL]`, each with an empty object. */
  readonly ExposedPorts?: Readonly<Record<string, JsonObject>>;
  /** `NAME=value`. */
  readonly Env?: readonly string[] | null;
  /** The program and its first arguments. */
  readonly Entrypoint?: readonly string[] | null;
  /** The default arguments, or the whole command where there is no entrypoint. */
  readonly Cmd?: readonly string[] | null;
  /** Directories kept outside, each with an empty object. */
  readonly Volumes?: Readonly<Record<string, JsonObject>> | null;
  /** Where it starts. */
  readonly WorkingDir?: string;
  /** Notes for people and tools. */
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** As in `SIGTERM`. */
  readonly StopSignal?: string;
  /** Docker's own, with times in nanoseconds. */
  readonly Healthcheck?: JsonObject;
  /** Docker's own: what runs commands in shell form. */
  readonly Shell?: readonly string[] | null;
  /** Whatever else there is. */
  readonly [field: string]: unknown;
}

/** One step of an image's making. */
export interface HistoryEntry {
  /** As RFC 3339 has it. */
  readonly created?: string;
  /** The command that made the layer. */
  readonly created_by?: string;
  /** Who made it. */
  readonly author?: string;
  /** A note. */
  readonly comment?: string;
  /** Whether the step made no layer. */
  readonly empty_layer?: boolean;
  /** Whatever else there is. */
  readonly [field: string]: unknown;
}

/** A parsed config. Unknown fields are kept. */
export interface ImageConfig {
  /** As RFC 3339 has it. */
  readonly created?: string;
  /** Who made the image. */
  readonly author?: string;
  /** As Go's `GOARCH` has it. */
  readonly architecture?: string;
  /** As Go's `GOOS` has it. */
  readonly os?: string;
  /** Of the processor, as in `v8`. */
  readonly variant?: string;
  /** How it is run. */
  readonly config?: ContainerConfig | null;
  /** The layers, the base first. */
  readonly rootfs: {
    readonly type?: string;
    /** Digests of the uncompressed layers, from the base up. */
    readonly diff_ids: readonly Digest[];
    readonly [field: string]: unknown;
  };
  /** What made each layer, the base first. */
  readonly history?: readonly HistoryEntry[] | null;
  /** Whatever else there is. */
  readonly [field: string]: unknown;
}

/** What a config needs to know of a new layer. */
export interface ConfigLayer {
  /** The digest of the *uncompressed* layer. */
  readonly diffId: Digest;
  readonly createdBy?: string | undefined;
  readonly comment?: string | undefined;
  /** @default the change's author */
  readonly author?: string | undefined;
}

/** Options of {@linkcode appendToConfig}. */
export interface ConfigChange {
  /** From the lowest up. */
  readonly layers: readonly ConfigLayer[];
  /** When the image was made. */
  readonly created: Date;
  /** Who made the image. */
  readonly author?: string | undefined;
}

/** Fields of how a container runs that are read by their keys. What is only replaced may be anything. */
const MAPS = ["ExposedPorts", "Labels", "Volumes"] as const;

/**
 * Parses a config. Legacy fields of Docker's (`container_config`, `docker_version`) are kept and otherwise left alone.
 *
 * @param what How messages call it: `config "sha256:…"`.
 * @throws {SyntaxError} if it is not the config of an image with a list of layers, or a list or map that is read is none.
 */
export function parseConfig(bytes: Bytes, what = "image config"): ImageConfig {
  const value = parseJson(bytes, what);
  const refuse = (reason: string): SyntaxError => new SyntaxError(`Cannot read ${what}: ${reason}`);
  const { rootfs, history, config } = value;
  if (!isJsonObject(rootfs)) throw refuse("it has no rootfs, so it is not the config of an image");
  // Go's tools write an empty list as null.
  const diffIds = rootfs["diff_ids"] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) {
    throw refuse("its rootfs.diff_ids are not a list of digests");
  }
  if (history !== undefined && history !== null && !isHistory(history)) {
    throw refuse("its history is not a list of objects");
  }
  if (config !== undefined && config !== null && !isJsonObject(config)) {
    throw refuse("its config is not an object");
  }
  if (!isTexts(config?.["Env"] ?? [])) throw refuse("its config.Env is not a list of texts");
  for (const field of MAPS) {
    if (!isJsonObject(config?.[field] ?? {})) {
      throw refuse(`its config.${field} is not an object`);
    }
  }
  return { ...value, rootfs: { ...rootfs, diff_ids: diffIds } } as ImageConfig;
}

/** The config of an image without layers. */
export function emptyConfig(platform: Platform): ImageConfig {
  const { os, architecture, variant, "os.version": version } = platform;
  return {
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { "os.version": version }),
    config: {},
    rootfs: { type: "layers", diff_ids: [] },
    history: [],
  };
}

/** The platform that a config names, or undefined where it names none. */
export function configPlatform(config: ImageConfig): Platform | undefined {
  const { os, architecture, variant, "os.version": version } = config;
  if (typeof os !== "string" || typeof architecture !== "string" || !os || !architecture) {
    return undefined;
  }
  return {
    os,
    architecture,
    ...(typeof variant === "string" && variant ? { variant } : {}),
    ...(typeof version === "string" && version ? { "os.version": version } : {}),
  };
}

/**
 * Lists new layers in a config, with one history entry each. Where the history is missing or does not match the layers it stays as
 * it is: Podman, AWS Lambda and Artifactory refuse images with a history that is off by one. An image without layers and
 * without a history begins one.
 */
export function appendToConfig(config: ImageConfig, change: ConfigChange): ImageConfig {
  const created = change.created.toISOString();
  const diffIds = [...config.rootfs.diff_ids, ...change.layers.map((layer) => layer.diffId)];
  const fields: JsonObject = {
    created,
    ...(change.author === undefined ? {} : { author: change.author }),
    rootfs: { ...config.rootfs, diff_ids: diffIds },
  };
  if (!hasMatchingHistory(config)) return setFields(config, fields);
  const entries = change.layers.map((layer): HistoryEntry => {
    const author = layer.author ?? change.author;
    return {
      created,
      ...(layer.createdBy === undefined ? {} : { created_by: layer.createdBy }),
      ...(author === undefined ? {} : { author }),
      ...(layer.comment === undefined ? {} : { comment: layer.comment }),
    };
  });
  return setFields(config, { ...fields, history: [...config.history ?? [], ...entries] });
}

/** Whether the history has exactly one entry for each layer, besides those of steps that made none. */
export function hasMatchingHistory(config: ImageConfig): boolean {
  const { history, rootfs } = config;
  if (history === undefined || history === null) return rootfs.diff_ids.length === 0;
  return history.filter((entry) => entry.empty_layer !== true).length === rootfs.diff_ids.length;
}

function isHistory(value: unknown): boolean {
  return Array.isArray(value) && value.every(isJsonObject);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
