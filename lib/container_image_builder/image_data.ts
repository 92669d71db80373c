// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
/** An image's manifest and config as plain objects that callers may change. */

import { hasMatchingHistory, type ImageConfig as SpecConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";

/** What points at a blob or manifest. */
export interface Layer {
  /** What it is. */
  mediaType: string;
  /** Of the compressed bytes. */
  digest: string;
  /** Bytes. */
  size: number;
  /** Where a foreign layer lies. */
  urls?: string[];
  /** What it runs on, in an index. */
  platform?: Platform;
  /** Notes for people and tools. */
  annotations?: Record<string, string>;
  /** Whatever else there is. */
  [field: string]: unknown;
}

/** A manifest. For an index `manifests` is there, and neither `config` nor `layers`. */
export interface ImageManifest {
  /** Always 2. */
  schemaVersion: number;
  /** What it is. */
  mediaType: string;
  /** The config. */
  config: Layer;
  /** The base first. */
  layers: Layer[];
  /** The images, where it is an index. */
  manifests?: Layer[];
  /** Whatever else there is. */
  [field: string]: unknown;
}

/** How a container of an image runs. */
export interface ContainerSettings {
  /** Who runs it. */
  User?: string;
  /** `PORT/PROTOCOL`, each with an empty object. */
  ExposedPorts?: Record<string, Record<string, never>>;
  /** `NAME=value`. */
  Env?: string[] | null;
  /** The program and its first arguments. */
  Entrypoint?: string[] | null;
  /** The default arguments. */
  Cmd?: string[] | null;
  /** Directories kept outside, each with an empty object. */
  Volumes?: Record<string, Record<string, never>> | null;
  /** Where it starts. */
  WorkingDir?: string;
  /** Notes for people and tools. */
  Labels?: Record<string, string> | null;
  /** What stops it. */
  StopSignal?: string;
  /** Whatever else there is. */
  [field: string]: unknown;
}

/** An image's config. */
export interface ImageConfigData {
  /** When it was made, as RFC 3339 has it. */
  created?: string;
  /** Who made it. */
  author?: string;
  /** What processor it runs on. */
  architecture?: string;
  /** What system it runs on. */
  os?: string;
  /** How it is run. */
  config: ContainerSettings;
  /** The layers' digests before compression. */
  rootfs: { type?: string; diff_ids: string[]; [field: string]: unknown };
  /** What made each layer. */
  history?: { created?: string; created_by?: string; empty_layer?: boolean }[] | null;
  /** Whatever else there is. */
  [field: string]: unknown;
}

/** What an image consists of. Changes to it are saved. */
export interface ImageData {
  /** The manifest. */
  manifest: ImageManifest;
  /** The config. */
  config: ImageConfigData;
}

/** Lists a layer on top, with a history entry if the history matches the layers. */
export function pushLayer(
  { manifest, config }: ImageData,
  layer: Layer,
  diffId: Digest,
  created: Date,
): void {
  if (hasMatchingHistory(config as SpecConfig)) {
    const entry = { created: created.toISOString(), created_by: "appendlayer" };
    config.history = [...config.history ?? [], entry];
  }
  manifest.layers.push(layer);
  config.rootfs.diff_ids.push(diffId);
}

/** Takes a layer out, with its diffId and its history entry. False where there is none of that digest. */
export function takeLayer({ manifest, config }: ImageData, digest: string): boolean {
  const place = manifest.layers.findLastIndex((layer) => layer.digest === digest);
  if (place < 0) return false;
  if (hasMatchingHistory(config as SpecConfig) && config.history) {
    let layers = -1;
    const entry = config.history.findIndex((step) =>
      step.empty_layer !== true && ++layers === place
    );
    config.history.splice(entry, 1);
  }
  manifest.layers.splice(place, 1);
  config.rootfs.diff_ids.splice(place, 1);
  return true;
}
