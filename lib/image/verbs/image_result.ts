/** What verbs that write an image tell of it. */

import type { Digest } from "../../oci/digest.ts";
import { familyOf, layerMediaType } from "../../oci/media_type.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { Transfer } from "../../storage/transfer.ts";
import type { Access } from "../access/access.ts";
import type { ChangedImage } from "../build/update_image.ts";
import type { StoredLayer } from "../build/stored_layer.ts";
import { formatTarget, type Target } from "./target.ts";

/** A new layer, as results list it. */
export interface LayerResult {
  /** Of the *compressed* bytes. */
  readonly digest: Digest;
  /** Of the *uncompressed* bytes. */
  readonly diffId: Digest;
  /** Of the layer in the manifest. */
  readonly mediaType: string;
  /** Compressed, bytes. */
  readonly size: number;
  /** Bytes. */
  readonly uncompressedSize: number;
  /** False where the target had it already. In a dry run, whether it would be sent. */
  readonly uploaded: boolean;
}

/** What was made. */
export interface ImageResult {
  /** The target's own tag, in full. */
  readonly target: string;
  /** Of the manifest or index that the tags now point at. */
  readonly digest: Digest;
  /** Of the manifest or index. */
  readonly mediaType: string;
  /** Of the manifest or index, bytes. */
  readonly size: number;
  /** All tags that point at it now. */
  readonly tags: readonly string[];
  /** The images, one for each platform. */
  readonly platforms: readonly ChangedImage[];
  /** The layers that were put on top. */
  readonly layers: readonly LayerResult[];
  /** What moved. */
  readonly transfer: Readonly<Transfer>;
  /** What the user should know of. */
  readonly warnings: readonly string[];
  /** Set if nothing was sent. */
  readonly dryRun?: true;
}

/** What a result is made of. */
export interface ResultParts {
  readonly to: Target;
  readonly document: Document;
  readonly images: readonly ChangedImage[];
  readonly layers?: readonly StoredLayer[];
  readonly access: Access;
  readonly dryRun: boolean | undefined;
}

/** Puts a result together, once everything is done. */
export function imageResult(parts: ResultParts): ImageResult {
  const { to, document: { digest, mediaType, bytes }, images, layers = [], access } = parts;
  return {
    target: formatTarget(to),
    digest,
    mediaType,
    size: bytes.length,
    tags: to.tags,
    platforms: images,
    layers: layers.map(({ compression, ...layer }) => ({
      digest: layer.digest,
      diffId: layer.diffId,
      mediaType: layerMediaType(familyOf(mediaType), compression),
      size: layer.size,
      uncompressedSize: layer.uncompressedSize,
      uploaded: layer.uploaded,
    })),
    transfer: { ...access.transfer },
    warnings: access.warnings,
    ...(parts.dryRun ? { dryRun: true } : {}),
  };
}
