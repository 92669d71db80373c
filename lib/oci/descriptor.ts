/** Descriptors (OCI image spec 1.1, descriptor.md). */

import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** A descriptor of content: media type, digest and size. Unknown fields are kept. */
export interface Descriptor {
  /** Media type of the content. */
  readonly mediaType: string;
  /** Digest of the content. */
  readonly digest: Digest;
  /** Size in bytes. */
  readonly size: number;
  /** URLs of a foreign layer; never fetched, only kept. */
  readonly urls?: readonly string[];
  /** Annotations by their keys. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Platform of an image in an index. */
  readonly platform?: Platform;
  /** Any other field. */
  readonly [field: string]: unknown;
}
