/** What names a blob, and what a manifest or an index is before it is parsed. */

import type { Bytes } from "../base/bytes.ts";
import type { Digest } from "./digest.ts";

/** A manifest or an index as it came: the exact bytes, and what they are. */
export interface Document {
  /** The exact bytes. */
  readonly bytes: Bytes;
  /** Of the bytes. */
  readonly mediaType: string;
  /** Of the bytes. */
  readonly digest: Digest;
}

/** Which blob; any descriptor is one. */
export interface BlobReference {
  /** Of the blob. */
  readonly digest: Digest;
  /** Where it is that of a foreign layer, the blob is neither read nor mounted. */
  readonly mediaType?: string | undefined;
  /** Bytes; where it is not known, only the digest is checked. */
  readonly size?: number | undefined;
}
