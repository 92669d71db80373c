// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
/** Image configs (OCI image spec 1.1, config.md): how an image runs, and its layers. */

import type { Bytes } from "../base/bytes.ts";
import { setFields } from "./patch.ts";
import { type Digest, isDigest } from "./digest.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json.ts";
import type { Platform } from "./platform.ts";

/** How a container of the image runs. Unknown fields are kept. */
export interface ContainerConfig {
  /** `USER[:GROUP]`, by names or numbers. */
  readonly User?: string;
  /** Ports that the container listens on, as `PORT[/PROTOCOL]`, each with an empty object. */
  readonly ExposedPorts?: Readonly<Record<string, JsonObject>>;
  /** Environment variables, each as `NAME=value`. */
  readonly Env?: readonly string[] | null;
  /** Program and its first arguments. */
  readonly Entrypoint?: readonly string[] | null;
  /** The default arguments, or the whole command if there is no entrypoint. */
  readonly Cmd?: readonly string[] | null;
  /** Directories that are volumes, each with an empty object. */
  readonly Volumes?: Readonly<Record<string, JsonObject>> | null;
  /** Working directory. */
  readonly WorkingDir?: string;
  /** Labels by their keys. */
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** Signal that stops the container, such as `SIGTERM`. */
  readonly StopSignal?: string;
  /** Health check, with times in nanoseconds; Docker's own field. */
  readonly Healthcheck?: JsonObject;
  /** Shell that runs commands in shell form; Docker's own field. */
  readonly Shell?: readonly string[] | null;
  /** Any other field. */
  readonly [field: string]: unknown;
}

/** One step of a build. */
export interface HistoryEntry {
  /** Creation time (RFC 3339). */
  readonly created?: string;
  /** The command that made the layer. */
  readonly created_by?: string;
  /** Author. */
  readonly author?: string;
  /** Comment. */
  readonly comment?: string;
  /** Whether the step made no layer. */
  readonly empty_layer?: boolean;
  /** Any other field. */
  readonly [field: string]: unknown;
}

/** A parsed config. Unknown fields are kept. */
export interface ImageConfig {
  /** Creation time (RFC 3339). */
  readonly created?: string;
  /** Author of the image. */
  readonly author?: string;
  /** CPU architecture, as in Go's `GOARCH`. */
  readonly architecture?: string;
  /** Operating system, as in Go's `GOOS`. */
  readonly os?: string;
  /** Variant of the CPU, such as `v8`. */
  readonly variant?: string;
  /** How a container of the image runs. */
  readonly config?: ContainerConfig | null;
  /** Layers, the base first. */
  readonly rootfs: {
    readonly type?: string;
    /** Digests of the uncompressed layers, from the base up. */
    readonly diff_ids: readonly Digest[];
    readonly [field: string]: unknown;
  };
  /** The steps of the build, the base first. */
  readonly history?: readonly HistoryEntry[] | null;
  /** Any other field. */
  readonly [field: string]: unknown;
}

/** A new layer in the config. */
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
  /** Layers, from the lowest up. */
  readonly layers: readonly ConfigLayer[];
  /** Creation time of the image. */
  readonly created: Date;
  /** Author of the image. */
  readonly author?: string | undefined;
  /** Descriptions of other changes: each becomes a history entry without a layer, after those of the layers. */
  readonly steps?: readonly string[] | undefined;
  /** Comment of the entries of these steps. */
  readonly comment?: string | undefined;
}

/** Fields of the container's config that are read as maps. Fields that are only replaced are not checked. */
const MAPS = ["ExposedPorts", "Labels", "Volumes"] as const;

/**
 * Parses a config. Legacy fields of Docker (`container_config`, `docker_version`) are kept unchanged.
 *
 * @param what What messages call it: `config "sha256:…"`.
 * @throws {SyntaxError} if it is not the config of an image with a list of layers, or one of its lists or maps is invalid.
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

/** The platform of a config; undefined if it names none. */
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
 * Adds new layers to a config, with one history entry each. A history that is missing or does not match the layers stays as it is: Podman,
 * AWS Lambda and Artifactory refuse images whose history is off by one. An image without layers and history gets a new one.
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
  const entries = historyEntries(change);
  return setFields(config, { ...fields, history: [...config.history ?? [], ...entries] });
}

/** The history entries of a change: one for each layer, then one for each step without a layer. */
export function historyEntries(change: ConfigChange): HistoryEntry[] {
  const created = change.created.toISOString();
  const entry = (createdBy?: string, author?: string, comment?: string): HistoryEntry => ({
    created,
    ...(createdBy === undefined ? {} : { created_by: createdBy }),
    ...(author === undefined ? {} : { author }),
    ...(comment === undefined ? {} : { comment }),
  });
  const { layers, steps = [], author, comment } = change;
  return [
    ...layers.map((layer) => entry(layer.createdBy, layer.author ?? author, layer.comment)),
    ...steps.map((step) => ({ ...entry(step, author, comment), empty_layer: true })),
  ];
}

/** Whether the history has exactly one entry for each layer, beside entries without a layer. */
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

const ROOT = /^(?:root|0)?(?::|$)/;

/** Whether an image runs as root: its config names that user or none. */
export function runsAsRoot({ config }: ImageConfig): boolean {
  const user: unknown = config?.User;
  return typeof user !== "string" || ROOT.test(user);
}
