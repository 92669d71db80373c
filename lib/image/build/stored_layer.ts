/** New layers, once they are in the target's storage. */

import type { Compression } from "../../layer/compression/codec.ts";
import type { Digest } from "../../oci/digest.ts";

/** A layer that is in the target's storage. */
export interface StoredLayer {
  /** Of the *compressed* bytes. */
  readonly digest: Digest;
  /** Of the *uncompressed* bytes. */
  readonly diffId: Digest;
  /** Compressed, bytes. */
  readonly size: number;
  /** Bytes. */
  readonly uncompressedSize: number;
  readonly compression: Compression;
  /** False where the target had it already, or in a dry run. */
  readonly uploaded: boolean;
  /** A directory above its entries that it has no entry for, and that may be another user's in the base. */
  readonly missingParent?: string | undefined;
}

/** Whether layers can only go into OCI manifests: Podman refuses zstd in Docker's. */
export function needOci(layers: readonly StoredLayer[]): boolean {
  return layers.some(({ compression }) => compression === "zstd");
}
