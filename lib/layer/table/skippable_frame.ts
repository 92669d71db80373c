/** Writes skippable frames of zstd (RFC 8878 §3.1.2). */

import type { Bytes } from "../../base/bytes.ts";

/** The first of the sixteen magic numbers. */
const MAGIC = 0x184d2a50;

/** Bytes of a frame's header. */
export const SKIPPABLE_HEAD = 8;

/** The header of a frame with `length` bytes of data. */
export function skippableHead(length: number): Bytes {
  const head = new DataView(new ArrayBuffer(SKIPPABLE_HEAD));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, length, true);
  return new Uint8Array(head.buffer);
}
