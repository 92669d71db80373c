// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
/** An image's manifest and config as plain objects that callers may change. */

import { hasMatchingHistory, type ImageConfig as SpecConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";

/** What points at a blob or manifest. */
export interface Layer {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
  urls?: string[];
  platform?: Platform;
  annotations?: Record<string, string>;
  [field: string]: unknown;
}

/** A manifest. For an index `manifests` is there, and neither `config` nor `layers`. */
export interface ImageManifest {
  schemaVersion: number;
  mediaType: string;
  config: Layer;
  layers: Layer[];
  manifests?: Layer[];
  [field: string]: unknown;
}

/** How a container of an image runs. */
export interface ContainerSettings {
  User?: string;
  ExposedPorts?: Record<string, Record<string, never>>;
  Env?: string[] | null;
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, Record<string, never>> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  [field: string]: unknown;
}

/** An image's config. */
export interface ImageConfigData {
  created?: string;
  author?: string;
  architecture?: string;
  os?: string;
  config: ContainerSettings;
  rootfs: { type?: string; diff_ids: string[]; [field: string]: unknown };
  history?: { created?: string; created_by?: string; empty_layer?: boolean }[] | null;
  [field: string]: unknown;
}

/** What an image consists of. Changes to it are saved. */
export interface ImageData {
  manifest: ImageManifest;
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
