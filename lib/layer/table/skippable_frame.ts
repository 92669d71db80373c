/** Frames that readers of zstd pass over (RFC 8878 §3.1.2). */

import type { Bytes } from "../../base/bytes.ts";

/** The first of their sixteen magic numbers. */
const MAGIC = 0x184d2a50;

/** Bytes of a head. */
export const SKIPPABLE_HEAD = 8;

/** The head of a frame with so many bytes in it. */
export function skippableHead(length: number): Bytes {
  const head = new DataView(new ArrayBuffer(SKIPPABLE_HEAD));
  head.setUint32(0, MAGIC, true);
  head.setUint32(4, length, true);
  return new Uint8Array(head.buffer);
}
