/** Descriptors (OCI image spec 1.1, descriptor.md). */

import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** What points at content: type, digest and size. Unknown fields are kept. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Where a foreign layer lives; never fetched, only carried along. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly [field: string]: unknown;
}
