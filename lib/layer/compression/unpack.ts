/** Decompresses what a stranger has packed: a few kilobytes may stand for terabytes. */

import type { ByteStream } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { Codec } from "./codec.ts";

/** What is unpacked may always be so many times as large as what was read for it: programs and texts pack to a half or a tenth. */
const USUAL_TIMES = 64;

const GIB = 1024 ** 3;

/** GiB that a layer may unpack to however small it is: a file of zeros can. */
const MOST_GIB = 16;

/** Options of {@linkcode unpack}. */
export interface UnpackOptions {
  readonly codec: Codec;
  /** How messages call it. */
  readonly what: string;
  /** Told of the bytes of each chunk. */
  readonly onUnpacked?: ((bytes: number) => void) | undefined;
}

/**
 * Decompresses.
 *
 * @throws {RangeError} while reading, if it is out of all proportion.
 */
export function unpack(
  source: ByteStream,
  format: "gzip" | "zstd",
  { codec, what, onUnpacked }: UnpackOptions,
): ByteStream {
  let packed = 0;
  const counted = countBytes(source, (total) => packed = total);
  return countBytes(codec.decompress(format)(counted), (total, chunk) => {
    onUnpacked?.(chunk.length);
    if (total <= MOST_GIB * GIB + USUAL_TIMES * packed) return;
    throw new RangeError(
      `Cannot read ${what}: it unpacks to more than ${MOST_GIB} GiB and ${USUAL_TIMES} times its size`,
    );
  });
}
