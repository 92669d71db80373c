/** The result of verbs that write an image. */

import type { Digest } from "../../oci/digest.ts";
import { familyOf, layerMediaType } from "../../oci/media_type.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { Transfer } from "../../storage/transfer.ts";
import type { Repair } from "../../layer/repair.ts";
import type { Warning } from "../../storage/warning.ts";
import type { Access } from "../access/access.ts";
import type { BaseLayerRead } from "../update/base_alignment.ts";
import type { ChangedImage } from "../update/update_image.ts";
import type { StoredLayer } from "../update/stored_layer.ts";
import { formatTarget, type Target } from "./target.ts";

/** A new layer in a result. */
export interface LayerResult {
  /** Digest of the *compressed* layer. */
  readonly digest: Digest;
  /** Digest of the *uncompressed* layer. */
  readonly diffId: Digest;
  /** Media type of the layer in the manifest. */
  readonly mediaType: string;
  /** Size of the compressed layer in bytes. */
  readonly size: number;
  /** Size of the uncompressed layer in bytes; absent if the layer was taken from a repository. */
  readonly uncompressedSize?: number;
  /** False if the target had it already. In a dry run, whether it would be sent. */
  readonly uploaded: boolean;
  /** Repairs of the archive for engines, at most the first 1,000; absent if there are none. */
  readonly repaired?: readonly Repair[];
}

/** Result of a verb that writes an image. */
export interface ImageResult {
  /** Location of the result in full, with the target's own tag. */
  readonly target: string;
  /** Digest of the manifest or index that the tags now point at; in an engine, the image's identifier there. */
  readonly digest: Digest;
  /** Media type of the manifest or index. */
  readonly mediaType: string;
  /** Size of the manifest or index in bytes. */
  readonly size: number;
  /** All tags that point at the result now. */
  readonly tags: readonly string[];
  /** Images, one for each platform. */
  readonly platforms: readonly ChangedImage[];
  /** Layers that were added. */
  readonly layers: readonly LayerResult[];
  /** Counts of what was transferred. */
  readonly transfer: Readonly<Transfer>;
  /** Warnings, each once. */
  readonly warnings: readonly string[];
  /** The same warnings with their codes, for programs. */
  readonly warningDetails: readonly Warning[];
  /** Layers of the base whose listings were read. */
  readonly baseRead: readonly BaseLayerRead[];
  /** Present if there was nothing to change: the target has the base. */
  readonly unchanged?: true;
  /** Present in a dry run: nothing was sent. */
  readonly dryRun?: true;
}

/** Parts of an {@linkcode ImageResult}. */
export interface ResultParts {
  readonly to: Target;
  readonly document: Document;
  /** Identifier of the image in its target, if that is not the digest of the document. */
  readonly digest?: Digest | undefined;
  readonly images: readonly ChangedImage[];
  readonly layers?: readonly StoredLayer[];
  readonly access: Access;
  readonly dryRun: boolean | undefined;
  readonly isUnchanged?: boolean;
  readonly baseRead?: readonly BaseLayerRead[];
}

/** Makes the result of a verb. */
export function imageResult(parts: ResultParts): ImageResult {
  const { to, document, images, layers = [], access } = parts;
  const { mediaType, bytes } = document;
  return {
    target: formatTarget(to),
    digest: parts.digest ?? document.digest,
    mediaType,
    size: bytes.length,
    tags: to.tags.filter((tag) => tag !== ""),
    platforms: images,
    layers: layers.map(({ compression, ...layer }) => ({
      digest: layer.digest,
      diffId: layer.diffId,
      mediaType: layerMediaType(familyOf(mediaType), compression),
      size: layer.size,
      ...(layer.uncompressedSize === undefined ? {} : { uncompressedSize: layer.uncompressedSize }),
      uploaded: layer.uploaded,
      ...(layer.repaired.length === 0 ? {} : { repaired: layer.repaired }),
    })),
    transfer: { ...access.transfer },
    warnings: access.warnings.map(({ message }) => message),
    warningDetails: access.warnings,
    baseRead: parts.baseRead ?? [],
    ...(parts.isUnchanged ? { unchanged: true } : {}),
    ...(parts.dryRun ? { dryRun: true } : {}),
  };
}
