/** Packs an archive into a layer in one pass: checks, hashes and compresses it. */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import { createChannel } from "../base/channel.ts";
import { countBytes } from "../base/count_bytes.ts";
import { expectLater } from "../base/expect_later.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import { skipBytes } from "../base/skip_bytes.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import type { Digest } from "../oci/digest.ts";
import { TarScanner, type TarScannerOptions } from "../tar/scanner.ts";
import { TarError } from "../tar/tar_error.ts";
import type { Codec, Compression } from "./compression/codec.ts";
import { LayerError } from "./layer_error.ts";
import { type LayerInput, type OpenableInput, openableInput } from "./layer_input.ts";
import { type Format, sniff } from "./compression/sniff.ts";

/** Options of {@linkcode packLayer}. */
export interface PackOptions {
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  /**
   * How the layer is to be compressed. "keep" sends compressed input as it came and compresses plain input with gzip.
   *
   * @default {"keep"}
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
  /** Called with every entry of the archive. */
  readonly onEntry?: TarScannerOptions["onEntry"];
  /** Called with the bytes of input read so far. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  /**
   * Name in error messages of an input that has none.
   *
   * @default {"the layer"}
   */
  readonly name?: string | undefined;
}

/** What is known of a layer that was read to its end. */
interface Packed {
  readonly diffId: Digest;
  readonly uncompressedSize: number;
  readonly compression: Compression;
}

/** Prepares a layer; nothing is read before `open`. */
export function packLayer(input: LayerInput, options: PackOptions): PackedLayer {
  return new PackedLayer(openableInput(input), options);
}

/**
 * The bytes of a layer as they go into a repository, compressed anew at each opening. An archive that is another one then is refused. A stream of what is not a tar archive never ends, it fails: with a
 * `LayerError`, so that no upload of it is ever completed.
 */
export class PackedLayer implements BlobSource {
  readonly #input: OpenableInput;
  readonly #options: PackOptions;
  /** Name of the input in error messages. */
  readonly name: string;
  #packed: Packed | undefined;
  /** DiffId of the first reading that came to its end: all others have to give the same archive. */
  #firstDiffId: Digest | undefined;
  /** Counts readings: only the last one says what was packed. */
  #reading = 0;
  #isKept = false;

  constructor(input: OpenableInput, options: PackOptions) {
    this.#input = input;
    this.#options = options;
    this.name = input.name ?? options.name ?? "the layer";
  }

  get replayable(): boolean {
    return this.#input.replayable;
  }

  /** Digest of the uncompressed archive. Throws before the stream was read to its end. */
  get diffId(): Digest {
    return this.#result.diffId;
  }

  /** Bytes of the uncompressed archive. Throws before the stream was read to its end. */
  get uncompressedSize(): number {
    return this.#result.uncompressedSize;
  }

  /** How the bytes that went out are compressed. Throws before the stream was read to its end. */
  get compression(): Compression {
    return this.#result.compression;
  }

  /** Whether compressed input goes out as it came, as far as it was read: a level of compression is then not used. */
  get isKept(): boolean {
    return this.#isKept;
  }

  open(start = 0): ByteStream {
    return skipBytes(this.#pack(), start);
  }

  get #result(): Packed {
    if (this.#packed === undefined) {
      throw new TypeError(`Cannot describe ${this.name}: it was not read to its end`);
    }
    return this.#packed;
  }

  async *#pack(): ByteStream {
    this.#packed = undefined;
    const reading = ++this.#reading;
    const { codec, compression = "keep", level } = this.#options;
    const edits = [this.#input.edit, this.#options.edit].filter((edit) => edit !== undefined);
    const { format, source } = await sniff(
      countBytes(this.#input.open(), (total) => this.#options.onProgress?.(total)),
    );
    try {
      if (format !== "tar" && format !== "gzip" && format !== "zstd") throw this.#refusal(format);
      const compressed = format !== "tar";
      const kept = compression === "keep" || (compression === format && level === undefined);
      if (compressed && kept && edits.length === 0) {
        this.#isKept = true;
        yield* this.#passThrough(owned(source), format, reading);
        return;
      }
      const target = compression !== "keep" ? compression : compressed ? format : "gzip";
      const tar = compressed ? this.#decompress(owned(source), format) : source;
      const edited = edits.length === 0
        ? tar
        : edits.reduce((stream, edit) => edit(stream), owned(tar));
      const measured = this.#measure(edited, target, reading);
      yield* target === "none" ? owned(measured) : codec.compress(target, { level })(measured);
    } finally {
      await source[Symbol.asyncIterator]().return?.();
    }
  }

  /** Passes compressed input on unchanged, while a second reader checks the archive in it. */
  async *#passThrough(
    source: ByteStream,
    format: "gzip" | "zstd",
    reading: number,
  ): ByteStream {
    const copy = createChannel<Bytes>();
    const measuring = expectLater(
      drain(this.#measure(this.#decompress(copy, format), format, reading)),
    );
    try {
      for await (const chunk of source) {
        const measured = copy.send(chunk);
        // A refusal means that the other reader has failed, which is awaited below.
        const refused = measured.then(() => false, () => true);
        yield chunk;
        if (await refused) await measuring;
      }
      copy.close();
      await measuring;
    } finally {
      copy.close(new Error("The layer is not read any further"));
      await measuring.catch(() => {});
    }
  }

  /** Checks that a stream is a tar archive and takes its size and diffId, on its way through. */
  async *#measure(tar: ByteStream, compression: Compression, reading: number): ByteStream {
    const scanner = new TarScanner({ onEntry: this.#options.onEntry });
    const hasher = this.#options.createHasher();
    let uncompressedSize = 0;
    for await (const chunk of tar) {
      this.#check(() => scanner.write(chunk));
      const hashing = hasher.update(chunk);
      if (hashing !== undefined) await hashing;
      uncompressedSize += chunk.length;
      yield chunk;
    }
    this.#check(() => scanner.end());
    const diffId: Digest = `sha256:${encodeHex(await hasher.digest())}`;
    const expected = this.#firstDiffId ??= diffId;
    if (diffId !== expected) {
      throw new LayerError(
        `Cannot use ${this.name}: it is not the same archive when it is read again: expected diffId ${expected}, got ${diffId}`,
      );
    }
    if (reading === this.#reading) this.#packed = { diffId, uncompressedSize, compression };
  }

  async *#decompress(source: ByteStream, format: "gzip" | "zstd"): ByteStream {
    const stage = this.#options.codec.decompress(format);
    let sourceError: unknown;
    const watched = watchErrors(source, (error) => sourceError = error);
    try {
      const inner = await sniff(stage(watched));
      if (inner.format !== "tar") {
        await inner.source[Symbol.asyncIterator]().return?.();
        throw this.#refusal(inner.format, format);
      }
      yield* inner.source;
    } catch (error) {
      if (error instanceof LayerError || error === sourceError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new LayerError(
        `Cannot use ${this.name}: its ${format} data cannot be read: ${reason}`,
        {
          cause: error,
        },
      );
    }
  }

  #check(scan: () => void): void {
    try {
      scan();
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      throw new LayerError(
        `Cannot use ${this.name}: it is not a whole tar archive: ${error.found}`,
        { cause: error },
      );
    }
  }

  #refusal(format: Format, outer?: "gzip" | "zstd"): LayerError {
    const what = `Cannot use ${this.name}`;
    if (format === "empty") {
      return new LayerError(
        `${what}: ${outer === undefined ? "it is empty" : `its ${outer} data holds nothing`}`,
      );
    }
    if (outer !== undefined) {
      return new LayerError(
        `${what}: its ${outer} data holds ${format} data: expected a tar archive, compressed once`,
      );
    }
    return new LayerError(
      `${what}: it is ${format} data: expected a tar archive, plain or compressed with gzip or zstd`,
    );
  }
}

/**
 * Copies the chunks of a stream that may use their memory again. Only what compresses plain input is done with a chunk before it asks
 * for the next one, and saves a copy and, on Bun, 30 MB of memory that waits to be collected.
 */
async function* owned(source: ByteStream): ByteStream {
  for await (const chunk of source) yield chunk.slice();
}

/** Reads a stream to its end and drops its chunks. */
async function drain(stream: ByteStream): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

async function* watchErrors(source: ByteStream, onError: (error: unknown) => void): ByteStream {
  try {
    yield* source;
  } catch (error) {
    onError(error);
    throw error;
  }
}
