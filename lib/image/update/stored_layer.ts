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
  /** Size of the uncompressed layer in bytes; not known of one that lay in a registry. */
  readonly uncompressedSize?: number | undefined;
  readonly compression: Compression;
  /** False where the target had it already, or in a dry run. */
  readonly uploaded: boolean;
  /** Annotations of its descriptor, where it has a table of contents. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** How the history says that it came about. */
  readonly createdBy?: string | undefined;
  /** What was changed of the archive so that engines take it. */
  readonly repaired: readonly Repair[];
  /** Whether its entries are `Files` and `Hives`, as in layers for Windows. */
  readonly isOfWindows: boolean;
  /** A directory above its entries that has no entry itself, and may be owned by another user in the base. */
  readonly missingParent?: string | undefined;
}

/** Layers by their digests, each once. */
export function eachOnce(layers: readonly StoredLayer[]): readonly StoredLayer[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}

/** Whether layers can only go into OCI manifests: Podman refuses zstd in Docker's, which has no annotations of layers either. */
export function needOci(layers: readonly StoredLayer[]): boolean {
  return layers.some(({ compression, annotations }) =>
    compression === "zstd" || annotations !== undefined
  );
}
