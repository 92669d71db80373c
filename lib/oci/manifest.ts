/** Image manifests (OCI image spec 1.1, manifest.md), and Docker's, which differ only in media types. */

import { editMap, type MapEdit, setFields } from "./patch.ts";
import type { Descriptor } from "./descriptor.ts";
import { checkDescriptor, checkDescriptors, readBody, withMediaType } from "./document_body.ts";
import { replaceLayers, type Replacement } from "./named_layers.ts";
import { DOCKER_CONFIG, OCI_CONFIG, OCI_MANIFEST, toOciMediaType } from "./media_type.ts";
import type { Document } from "./blob_reference.ts";

/** A parsed manifest. Unknown fields are kept. */
export interface Manifest {
  /** Version of the schema: always 2. */
  readonly schemaVersion: 2;
  /** Media type of the manifest. */
  readonly mediaType?: string;
  /** Descriptor of the config. */
  readonly config: Descriptor;
  /** Layers, from the base up. */
  readonly layers: readonly Descriptor[];
  /** Annotations by their keys. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Manifest that this one refers to. */
  readonly subject?: Descriptor;
  /** Any other field. */
  readonly [field: string]: unknown;
}

/** Options of {@linkcode appendToManifest}. */
export interface ManifestChange {
  /** Descriptor of the new config. */
  readonly config: Descriptor;
  /** Layers to put on top, in order. */
  readonly layers: readonly Descriptor[];
  /** Annotations to set; null removes one. */
  readonly annotations?: MapEdit | undefined;
}

/**
 * Parses a manifest. Its `mediaType` is added if it has none.
 *
 * @throws {SyntaxError} if it is not a valid image manifest, or is ambiguous.
 */
export function parseManifest(document: Document): Manifest {
  const { kind, mediaType, body } = readBody(document);
  const what = `manifest "${document.digest}"`;
  if (kind !== "manifest") {
    throw new SyntaxError(`Cannot read ${what}: expected a manifest, got an index`);
  }
  const config = checkDescriptor(body["config"], `config of ${what}`);
  const layers = checkDescriptors(body["layers"] ?? null, what, "layers");
  return { ...withMediaType(body, mediaType), config, layers } as unknown as Manifest;
}

/** Adds layers on top, with the config that lists them. */
export function appendToManifest(manifest: Manifest, change: ManifestChange): Manifest {
  // Embedded data is that of the old config.
  const { data: _data, urls: _urls, ...config } = manifest.config;
  const changed: Manifest = {
    ...manifest,
    config: { ...config, ...change.config },
    layers: [...manifest.layers, ...change.layers],
  };
  if (change.annotations === undefined) return changed;
  return setFields(changed, { annotations: editMap(manifest.annotations, change.annotations) });
}

/** Options of {@linkcode replaceInManifest}. */
export interface ManifestReplacement extends ManifestChange {
  /** Which layers the new ones replace. */
  readonly replaced: Replacement;
}

/** Replaces layers by others, with the config that lists them. */
export function replaceInManifest(manifest: Manifest, change: ManifestReplacement): Manifest {
  const { replaced, layers, ...others } = change;
  const changed = appendToManifest(manifest, { ...others, layers: [] });
  return setFields(changed, { layers: replaceLayers(manifest.layers, replaced, layers) });
}

/** Gives a manifest and its descriptors OCI's media types. Config and layers are not changed. */
export function convertManifestToOci(manifest: Manifest): Manifest {
  const convert = (descriptor: Descriptor): Descriptor => ({
    ...descriptor,
    mediaType: toOciMediaType(descriptor.mediaType),
  });
  return {
    ...manifest,
    mediaType: OCI_MANIFEST,
    config: convert(manifest.config),
    layers: manifest.layers.map(convert),
  };
}

/** Whether a manifest is that of a container image, and not of a chart, a signature or another artifact. */
export function isImageManifest({ config }: Manifest): boolean {
  return config.mediaType === OCI_CONFIG || config.mediaType === DOCKER_CONFIG;
}
