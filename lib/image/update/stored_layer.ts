/** Layers that are in the target's storage. */

import type { Compression } from "../../layer/compression/codec.ts";
import type { Repair } from "../../layer/repair.ts";
import type { Digest } from "../../oci/digest.ts";

/** A layer that is in the target's storage. */
export interface StoredLayer {
  /** Digest of the *compressed* layer. */
  readonly digest: Digest;
  /** Digest of the *uncompressed* layer. */
  readonly diffId: Digest;
  /** Size of the compressed layer in bytes. */
  readonly size: number;
  /** Size of the uncompressed layer in bytes; undefined if the layer was taken from a repository. */
  readonly uncompressedSize?: number | undefined;
  readonly compression: Compression;
  /** False if the target had it already. In a dry run, whether it would be sent. */
  readonly uploaded: boolean;
  /** Annotations of its descriptor, if it has a table of contents. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** `created_by` of its history entry. */
  readonly createdBy?: string | undefined;
  /** Repairs of the archive for engines. */
  readonly repaired: readonly Repair[];
  /** Whether its entries are `Files` and `Hives`, as in layers for Windows. */
  readonly isOfWindows: boolean;
  /** A directory above its entries that has no entry itself, and may belong to another user in the base. */
  readonly missingParent?: string | undefined;
}

/** Layers by their digests, each once. */
export function eachOnce(layers: readonly StoredLayer[]): readonly StoredLayer[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

/** Whether layers need an OCI manifest: Podman refuses zstd in Docker's, which also has no annotations of layers. */
export function needOci(layers: readonly StoredLayer[]): boolean {
  return layers.some(({ compression, annotations }) =>
    compression === "zstd" || annotations !== undefined
  );
}
