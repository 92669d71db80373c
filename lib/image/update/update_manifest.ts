/** Changes one image: adds layers, edits config and manifest, and keeps everything else. */

import { BASE_PAIR_KEYS } from "../../oci/base_pair.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { contradictionOf } from "../../oci/check_image.ts";
import { type ImageConfig, runsAsRoot } from "../../oci/config.ts";
import { makeDocument } from "../../oci/document.ts";
import { formatJson, type JsonObject, jsonText } from "../../oci/json.ts";
import { convertManifestToOci, type Manifest, replaceInManifest } from "../../oci/manifest.ts";
import {
  configMediaType,
  type Family,
  familyOf,
  layerMediaType,
  manifestMediaType,
} from "../../oci/media_type.ts";
import { findNamedLayers, isSameBesideDates } from "../../oci/named_layers.ts";
import { editMap } from "../../oci/patch.ts";
import type { Warning } from "../../storage/warning.ts";
import type { BuildContext } from "./build_context.ts";
import { changeConfig, editLabels, pairEdit } from "./change_config.ts";
import { needOci, type StoredLayer } from "./stored_layer.ts";

/** The most layers that Docker runs with any driver, before "max depth exceeded"; Podman's overlay takes some three more. */
const MOST_LAYERS = 125;

/** The number of layers above which a warning is given. */
const MANY_LAYERS = 100;

const WINDOWS: Warning = {
  code: "windows",
  message:
    "The base is a Windows image, whose layers are not asked: files replace what is at their destination, and a DEST that is a directory there has to end with a slash",
};

/** A changed image, or the base itself if there was nothing to change. */
export interface UpdatedManifest {
  readonly document: Document;
  readonly config: ImageConfig;
  readonly isUnchanged: boolean;
}

/**
 * Changes one image. When this settles, its layers and config are in the target; the manifest is not.
 *
 * @throws {SyntaxError} if the base's config is invalid, or does not match the layers in the manifest.
 */
export async function updateManifest(
  document: Document,
  manifest: Manifest,
  context: BuildContext,
): Promise<UpdatedManifest> {
  const { keepsUnchanged, keepsPresent, copy: { source, copier, group: { start } } } = context;
  let { change } = context;
  // No upload is started early if there may be nothing to change.
  const isCertain = change.replace === undefined && !keepsUnchanged && !keepsPresent;
  const started = isCertain ? context.uploadConfig() : undefined;
  const copies = manifest.layers.map((layer) => start(() => copier.copy(layer)));
  const base = await context.base.config(manifest.config);
  const contradiction = contradictionOf(manifest, base);
  if (contradiction !== undefined) {
    throw new SyntaxError(
      `Cannot change the image of ${source.name} with the config "${manifest.config.digest}": ${contradiction}: no engine runs it, and what is put on top would hide that`,
    );
  }
  const added = context.layers.for(manifest, base);
  const packed = await added.packed;
  const keepsFirst = await added.keepsFirst ?? false;
  if (keepsUnchanged && packed.length === 0) {
    await Promise.all([...copies, start(() => copier.copy(manifest.config))]);
    return { document, config: base, isUnchanged: true };
  }
  const isPresent = keepsPresent && endsWith(base, packed, change.replace);
  if (isPresent) change = { ...change, replace: undefined };
  const options = { ...context, change, keepsFirst };
  const changed = changeConfig(base, isPresent ? [] : packed, options);
  const annotations = { ...await pairEdit(manifest, changed, context), ...change.annotations };
  const isUnchanged = (change.replace !== undefined || isPresent) &&
    isSameBesideDates(changed.config, base, BASE_PAIR_KEYS) &&
    isSameMap(manifest.annotations, editMap(manifest.annotations, change.annotations ?? {}));
  if (isUnchanged) {
    const layers = isPresent ? undefined : added.layers;
    await Promise.all([layers, ...copies, copier.copy(manifest.config)]);
    return { document, config: base, isUnchanged };
  }

  // The config is sent before it is known whether the manifest stays Docker's, which depends on the stored layers.
  const isDocker = familyOf(manifest.mediaType ?? "") === "docker";
  const config = isDocker ? editLabels(changed.config, annotations) : changed.config;
  const [stored, layers] = await Promise.all([
    (started ?? context.uploadConfig()).send(formatJson(config)),
    isPresent ? [] : added.layers,
  ]);

  if (manifest.layers.length > 0) {
    if (config.os === "windows") context.warn(WINDOWS);
    else warnOfMissingParent(config, layers, context);
  }
  warnOfManyLayers(changed.config.rootfs.diff_ids.length, context);
  const converted = needOci(layers) ? convertManifestToOci(manifest) : manifest;
  const family = familyOf(converted.mediaType ?? "");
  warnOfFamily(manifest, family, config, context);
  const replaced = replaceInManifest(converted, {
    config: { mediaType: configMediaType(family), digest: stored.digest, size: stored.size },
    replaced: changed.replaced,
    layers: layers.map(({ digest, size, compression, annotations }) => ({
      mediaType: layerMediaType(family, compression),
      digest,
      size,
      ...(annotations === undefined ? {} : { annotations }),
    })),
    annotations: family === "oci" ? annotations : change.annotations,
  });
  await Promise.all(copies);
  return { document: await makeDocument(replaced, manifestMediaType(family)), config, isUnchanged };
}

/** Whether an image ends with the new layers, and has no other layers of their name. */
function endsWith(
  config: ImageConfig,
  packed: readonly Pick<StoredLayer, "diffId">[],
  replace: string | undefined,
): boolean {
  if (replace !== undefined && findNamedLayers(config, replace).places.length > 0) return false;
  const last = config.rootfs.diff_ids.slice(-packed.length);
  return packed.length > 0 && packed.every(({ diffId }, index) => diffId === last[index]);
}

function isSameMap(one: JsonObject | undefined, other: JsonObject | undefined): boolean {
  return jsonText(one ?? {}) === jsonText(other ?? {});
}

function warnOfFamily(
  manifest: Manifest,
  family: Family,
  config: ImageConfig,
  context: BuildContext,
): void {
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
      message:
        "The image becomes an OCI image: Docker's own format has no zstd layers, and no tables of contents",
    });
  }
}

function warnOfManyLayers(count: number, { warn }: BuildContext): void {
  if (count <= MANY_LAYERS) return;
  warn({
    code: "many-layers",
    message:
      `The image has ${count} layers, and Docker runs none with more than ${MOST_LAYERS}: give the layer a name (option replace), or append to the image that this one began with`,
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
