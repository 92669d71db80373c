/** Changes one image: adds layers, edits config and manifest, and keeps everything else. */

import { contradictionOf } from "../../oci/check_image.ts";
import { appendToConfig, type ImageConfig, runsAsRoot } from "../../oci/config.ts";
import { type ConfigEdit, editConfig } from "../../oci/config_edit.ts";
import { makeDocument } from "../../oci/document.ts";
import { formatJson } from "../../oci/json.ts";
import { appendToManifest, convertManifestToOci, type Manifest } from "../../oci/manifest.ts";
import {
  configMediaType,
  familyOf,
  layerMediaType,
  manifestMediaType,
} from "../../oci/media_type.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { Warning } from "../../storage/warning.ts";
import type { ConfigUpload } from "./config_upload.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import type { BaseImages } from "./base_images.ts";
import type { LayerStore } from "./layer_store.ts";
import { needOci, type StoredLayer } from "./stored_layer.ts";

/** Changes to an image. */
export interface ImageChange {
  /** Changes to how the image runs. */
  readonly edit: ConfigEdit;
  /** Creation time of the new image. */
  readonly created: Date;
  /** Author of the new image. */
  readonly author?: string | undefined;
  /** Comment of the new layers' history entries. */
  readonly comment?: string | undefined;
  /** `created_by` of the new layers' history entries. */
  readonly createdBy: string;
  /** Annotations of the manifests and the index to set; null takes one out. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
}

/** What the steps of a changed image share. */
export interface BuildContext {
  readonly copy: CopyContext;
  readonly change: ImageChange;
  /** The images of the base. */
  readonly base: BaseImages;
  /** Their new layers. */
  readonly layers: LayerStore;
  /** Begins the upload of one config. */
  readonly uploadConfig: () => ConfigUpload;
  readonly warn: (warning: Warning) => void;
}

/** Docker stops above these, with "max depth exceeded", whichever driver it has; Podman's overlay at some three more. */
const MOST_LAYERS = 125;

/** Layers from which on there is not much room left. */
const MANY_LAYERS = 100;

const WINDOWS: Warning = {
  code: "windows",
  message:
    "The base is a Windows image, whose layers are not asked: files replace what is at their destination, and a DEST that is a directory there has to end with a slash",
};

/**
 * Changes one image. When this settles, its layers and config are in the target; the manifest is left to the caller.
 *
 * @throws {SyntaxError} if the base's config is invalid, or not that of the layers in its manifest.
 */
export async function updateManifest(
  manifest: Manifest,
  context: BuildContext,
): Promise<{ document: Document; config: ImageConfig }> {
  const { change, copy: { source, copier, group: { start } } } = context;
  const upload = context.uploadConfig();
  const copies = manifest.layers.map((layer) => start(() => copier.copy(layer)));
  const base = await context.base.config(manifest.config);
  const contradiction = contradictionOf(manifest, base);
  if (contradiction !== undefined) {
    throw new SyntaxError(
      `Cannot change the image of ${source.name} with the config "${manifest.config.digest}": ${contradiction}: no engine runs it, and what is put on top would hide that`,
    );
  }
  const added = context.layers.for(manifest, base);
  const diffIds = await added.diffIds;

  const { created, author, comment, createdBy } = change;
  const appended = appendToConfig(base, {
    created,
    author,
    layers: diffIds.map((diffId) => ({ diffId, createdBy, comment })),
  });
  const config = editConfig(appended, change.edit);
  const [stored, layers] = await Promise.all([upload.send(formatJson(config)), added.layers]);

  if (config.os === "windows") context.warn(WINDOWS);
  else if (manifest.layers.length > 0) warnOfMissingParent(config, layers, context);
  warnOfManyLayers(manifest.layers.length + layers.length, context);
  const converted = needOci(layers) ? convertManifestToOci(manifest) : manifest;
  const family = familyOf(converted.mediaType ?? "");
  if (family === "oci" && config.config?.Healthcheck !== undefined) {
    context.warn({
      code: "health-check",
      message:
        "The image has a health check: Podman ignores it in an OCI image, and knows it in Docker's format alone",
      engines: ["Podman"],
    });
  }
  if (family !== familyOf(manifest.mediaType ?? "")) {
    context.warn({
      code: "becomes-oci",
      message: "The image becomes an OCI image: Docker's own format has no zstd layers",
    });
  }
  const changed = appendToManifest(converted, {
    config: { mediaType: configMediaType(family), digest: stored.digest, size: stored.size },
    layers: layers.map(({ digest, size, compression }) => ({
      mediaType: layerMediaType(family, compression),
      digest,
      size,
    })),
    annotations: change.annotations,
  });
  await Promise.all(copies);
  return { document: await makeDocument(changed, manifestMediaType(family)), config };
}

function warnOfManyLayers(count: number, { warn }: BuildContext): void {
  if (count <= MANY_LAYERS) return;
  warn({
    code: "many-layers",
    message:
      `The image has ${count} layers, and Docker runs none with more than ${MOST_LAYERS}: append to the image that this one began with, not to what was made the last time`,
    engines: ["Docker"],
  });
}

function warnOfMissingParent(
  config: ImageConfig,
  layers: readonly StoredLayer[],
  { warn }: BuildContext,
): void {
  const path = layers.find(({ missingParent }) => missingParent !== undefined)?.missingParent;
  if (path === undefined || runsAsRoot(config)) return;
  warn({
    code: "missing-parent",
    path,
    engines: ["Docker", "Podman"],
    message: `The image runs as ${
      JSON.stringify(config.config?.User)
    }, and the layer has no entry for "/${path}": Docker's overlay2 and Podman make that root's, with mode 0755, whatever the base says; to keep what it says, read the base (option readBase)`,
    hint: { kind: "read-base" },
  });
}
