/** Decompresses untrusted data, within bounds: a few kilobytes may decompress to terabytes. */

import type { ByteStream } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import { LayerError } from "../layer_error.ts";
import { watchErrors } from "../read_archive.ts";
import type { Codec } from "./codec.ts";

/** How many times its size data may decompress to, beyond {@linkcode MOST_GIB}: programs and texts have two to ten times. */
const USUAL_TIMES = 64;

const GIB = 1024 ** 3;

/** GiB that any layer may decompress to, however small it is: a file of zeros compresses well. */
const MOST_GIB = 16;

/** Options of {@linkcode unpack}. */
export interface UnpackOptions {
  readonly codec: Codec;
  /** What messages call the data. */
  readonly what: string;
  /** Told of the bytes of each decompressed chunk. */
  readonly onUnpacked?: ((bytes: number) => void) | undefined;
}

/**
 * Decompresses a stream.
 *
 * @throws {RangeError} while reading, if it exceeds the bounds.
 * @throws {LayerError} while reading, if the data is broken, or this runtime cannot decompress it.
 */
export async function* unpack(
  source: ByteStream,
  format: "gzip" | "zstd",
  { codec, what, onUnpacked }: UnpackOptions,
): ByteStream {
  let packed = 0;
  let unpacked = 0;
  let sourceError: unknown;
  const counted = countBytes(source, (total) => packed = total);
  const watched = watchErrors(counted, (error) => sourceError = error);
  try {
    for await (const chunk of codec.decompress(format)(watched)) {
      unpacked += chunk.length;
      onUnpacked?.(chunk.length);
      if (unpacked > MOST_GIB * GIB + USUAL_TIMES * packed) break;
      yield chunk;
    }
  } catch (error) {
    if (error === sourceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LayerError(`Cannot read ${what}: its ${format} data cannot be read: ${reason}`, {
      cause: error,
    });
  }
  if (unpacked <= MOST_GIB * GIB + USUAL_TIMES * packed) return;
  throw new RangeError(
    `Cannot read ${what}: it unpacks to more than ${MOST_GIB} GiB and ${USUAL_TIMES} times its size`,
  );
}
