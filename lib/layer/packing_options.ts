/** How a layer is packed. */

import type { Bytes } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { Warning } from "../storage/warning.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import type { BaseQuestions } from "./base/base_questions.ts";
import type { EntryAligner } from "./base/entry_aligner.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repair } from "./repair.ts";
import type { Codec, Compression, LayerFormat } from "./compression/codec.ts";

/** Options of `packLayer()`. */
export interface PackOptions {
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  /**
   * How the layer is to be compressed. "keep" keeps compressed input byte for byte and compresses plain input with gzip.
   *
   * @default as "keep", but compressed input that engines would not take is repaired and compressed again
   */
  readonly compression?: LayerFormat | "keep" | undefined;
  /**
   * Level of the compression. Compressed input that is to be kept is not compressed again for it.
   *
   * @default the codec's own
   */
  readonly level?: number | undefined;
  /** Places the entries on a base, after the input's own `edit`. */
  readonly aligner?: EntryAligner | undefined;
  /**
   * Whether compressed input is aligned too, and so compressed again; otherwise it is kept.
   *
   * @default {false}
   */
  readonly alignsCompressed?: boolean | undefined;
  /** The base, for inputs that ask about it. */
  readonly base?: BaseQuestions | undefined;
  /** Told of every entry of the archive as it is written, without the parents' entries that are added. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /** Told of every chunk of the archive before it is compressed; its memory is valid until the promise is settled. */
  readonly onArchive?: ((chunk: Bytes) => Promise<unknown> | undefined) | undefined;
  /** Told of entries that not every engine takes. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
  /** Told of the bytes of input that were read so far. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  /**
   * Name in error messages of an input that has none.
   *
   * @default {"the layer"}
   */
  readonly name?: string | undefined;
}

/** The result of packing a layer, once it was read to its end. */
export interface Packed {
  readonly diffId: Digest;
  readonly uncompressedSize: number;
  readonly compression: Compression;
  readonly repaired: readonly Repair[];
}
