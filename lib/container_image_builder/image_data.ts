// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
/** An image's manifest and config as plain objects that callers may change. */

import { hasMatchingHistory, type ImageConfig as SpecConfig } from "../oci/config.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";

/** A descriptor of a blob or manifest. */
export interface Layer {
  /** Media type. */
  mediaType: string;
  /** Digest of the compressed bytes. */
  digest: string;
  /** Size in bytes. */
  size: number;
  /** URLs of a foreign layer. */
  urls?: string[];
  /** Platform of an image in an index. */
  platform?: Platform;
  /** Annotations by their keys. */
  annotations?: Record<string, string>;
  /** Any other field. */
  [field: string]: unknown;
}

/** A manifest, or an index, which has `manifests` and neither `config` nor `layers`. */
export interface ImageManifest {
  /** Version of the schema: always 2. */
  schemaVersion: number;
  /** Media type. */
  mediaType: string;
  /** The config. */
  config: Layer;
  /** Layers, the base first. */
  layers: Layer[];
  /** The images of an index. */
  manifests?: Layer[];
  /** Any other field. */
  [field: string]: unknown;
}

/** The settings of containers of an image. */
export interface ContainerSettings {
  /** User that runs the command, `USER[:GROUP]`. */
  User?: string;
  /** Ports that the container listens on, as `PORT/PROTOCOL`, each with an empty object. */
  ExposedPorts?: Record<string, Record<string, never>>;
  /** Environment variables, each as `NAME=value`. */
  Env?: string[] | null;
  /** Program and its first arguments. */
  Entrypoint?: string[] | null;
  /** Default arguments. */
  Cmd?: string[] | null;
  /** Directories that are volumes, each with an empty object. */
  Volumes?: Record<string, Record<string, never>> | null;
  /** Working directory. */
  WorkingDir?: string;
  /** Labels by their keys. */
  Labels?: Record<string, string> | null;
  /** Signal that stops the container. */
  StopSignal?: string;
  /** Any other field. */
  [field: string]: unknown;
}

/** An image's config. */
export interface ImageConfigData {
  /** Creation time (RFC 3339). */
  created?: string;
  /** Author. */
  author?: string;
  /** CPU architecture, as in Go's `GOARCH`. */
  architecture?: string;
  /** Operating system, as in Go's `GOOS`. */
  os?: string;
  /** The settings of containers. */
  config: ContainerSettings;
  /** The digests of the uncompressed layers. */
  rootfs: { type?: string; diff_ids: string[]; [field: string]: unknown };
  /** How each layer was made. */
  history?: { created?: string; created_by?: string; empty_layer?: boolean }[] | null;
  /** Any other field. */
  [field: string]: unknown;
}

/** Manifest and config of an image. Changes to them are saved. */
export interface ImageData {
  /** The manifest. */
  manifest: ImageManifest;
  /** The config. */
  config: ImageConfigData;
}

/** Adds a layer on top, with a history entry if the history has one for each layer. */
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

/** Removes a layer, with its diffId and its history entry. Returns false if there is no layer of that digest. */
export function removeLayer({ manifest, config }: ImageData, digest: string): boolean {
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
