/** How a layer is packed. */

import type { Transform } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { Warning } from "../storage/warning.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import type { Codec, Compression } from "./compression/codec.ts";

/** Options of `packLayer()`. */
export interface PackOptions {
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  /**
   * How the layer is to be compressed. "keep" sends compressed input as it came and compresses plain input with gzip.
   *
   * @default as "keep", but for compressed input that engines would not take: that is repaired and compressed again
   */
  readonly compression?: Compression | "keep" | undefined;
  /**
   * Level of the compression. Compressed input that is to be kept is not compressed again for it.
   *
   * @default the codec's own
   */
  readonly level?: number | undefined;
  /** Rewrites the archive on its way, after the input's own `edit`; compressed input is then decompressed and compressed again. */
  readonly edit?: Transform | undefined;
  /** Called with every entry as it goes out. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /** Told of what not every engine takes. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
  /** Called with the bytes of input read so far. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  /**
   * Name in error messages of an input that has none.
   *
   * @default {"the layer"}
   */
  readonly name?: string | undefined;
}
