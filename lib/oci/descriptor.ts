/** Descriptors (OCI image spec 1.1, descriptor.md). */

import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** What points at content: type, digest and size. Unknown fields are kept. */
export interface Descriptor {
  /** What it points at. */
  readonly mediaType: string;
  /** Of the bytes that it points at. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Where a foreign layer lives; never fetched, only carried along. */
  readonly urls?: readonly string[];
  /** Notes for people and tools. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What an image runs on, in an index. */
  readonly platform?: Platform;
  /** Whatever else there is. */
  readonly [field: string]: unknown;
}
