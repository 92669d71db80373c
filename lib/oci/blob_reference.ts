/** References to blobs, and documents: manifests and indexes before they are parsed. */

import type { Bytes } from "../base/bytes.ts";
import type { Digest } from "./digest.ts";

/** A manifest or an index in its exact bytes. */
export interface Document {
  /** The exact bytes. */
  readonly bytes: Bytes;
  /** Media type of the bytes, as it was sent. */
  readonly mediaType: string;
  /** Digest of the bytes. */
  readonly digest: Digest;
  /** The identifier of the image in an engine; absent for documents that are stored under their digest. */
  readonly imageId?: Digest;
}

/** A reference to a blob; any descriptor is one. */
export interface BlobReference {
  /** Digest of the blob. */
  readonly digest: Digest;
  /** Media type; a foreign layer is neither read nor mounted. */
  readonly mediaType?: string | undefined;
  /** Size in bytes; if it is not known, only the digest is checked. */
  readonly size?: number | undefined;
}
