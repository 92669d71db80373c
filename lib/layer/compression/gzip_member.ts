/** A gzip member (RFC 1952) around raw deflate. */

import type { Bytes, ByteStream, Transform } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import { equalChunks } from "./cut_blocks.ts";

/** RFC 1952 §2.3: deflate, no flags, no time, no hint about the level, system unknown. */
const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] as const;
/** RFC 1951 §3.2.6: an empty block of fixed codes, the last of its stream. */
const LAST_BLOCK = [3, 0] as const;

/**
 * Makes one gzip member.
 *
 * @param deflate Compresses to raw deflate that ends at a byte boundary and does not end its stream. Its chunks may be valid only until the
 *   next one is asked for.
 * @param crc32 Continues a checksum.
 */
export function gzipMember(
  source: ByteStream,
  deflate: Transform,
  crc32: (bytes: Bytes, previous: number) => number,
): ByteStream {
  let checksum = 0;
  let size = 0;
  const counted = countBytes(source, (total, chunk) => {
    checksum = crc32(chunk, checksum);
    size = total;
  });
  async function* parts(): ByteStream {
    yield Uint8Array.from(HEADER);
    yield* deflate(counted);
    const trailer = new DataView(new ArrayBuffer(LAST_BLOCK.length + 8));
    LAST_BLOCK.forEach((byte, index) => trailer.setUint8(index, byte));
    trailer.setUint32(2, checksum, true);
    // RFC 1952 §2.3.1: the size modulo 2^32, which is what setUint32 keeps of it.
    trailer.setUint32(6, size, true);
    yield new Uint8Array(trailer.buffer);
  }
  return equalChunks(parts());
}

/**
 * Makes one gzip member of one block.
 *
 * @param deflated Raw deflate that ends at a byte boundary and does not end its stream.
 */
export function gzipPart(deflated: Bytes, { checksum, size }: {
  /** CRC-32 of the block. */
  readonly checksum: number;
  /** Bytes of the block. */
  readonly size: number;
}): Bytes {
  const member = new Uint8Array(HEADER.length + deflated.length + LAST_BLOCK.length + 8);
  member.set(HEADER);
  member.set(deflated, HEADER.length);
  const end = HEADER.length + deflated.length;
  member.set(LAST_BLOCK, end);
  const trailer = new DataView(member.buffer, end + LAST_BLOCK.length);
  trailer.setUint32(0, checksum, true);
  trailer.setUint32(4, size, true);
  return member;
}
