/** Writes layers with a table of contents: eStargz and zstd:chunked. */

import { type Bytes, type ByteStream, concatBytes } from "../../base/bytes.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import { encodeHeaders } from "../../tar/encode.ts";
import { writeTar } from "../../tar/writer.ts";
import type { Warning } from "../../storage/warning.ts";
import type { Codec, LayerFormat, PartCompressor } from "../compression/codec.ts";
import { MOST_ENTRIES } from "./table_listing.ts";
import { type FileChunk, type FileParts, LayerCutter, type Part } from "./layer_cutter.ts";
import {
  CHUNKED_CHECKSUM,
  CHUNKED_POSITION,
  CHUNKED_TAR_SPLIT,
  LARGEST_PLAIN_TABLE,
  LARGEST_TABLE,
  STARGZ_DIGEST,
  STARGZ_SIZE,
  STARGZ_TABLE,
} from "./read_table.ts";
import { PackedText } from "./packed_text.ts";
import { SKIPPABLE_HEAD, skippableHead } from "./skippable_frame.ts";
import { tableEntries } from "./table_entries.ts";
import { TarSplit } from "./tar_split.ts";

/** Options of {@linkcode TableWriter}. */
export interface TableWriterOptions {
  readonly format: "zstd:chunked" | "estargz";
  readonly codec: Codec;
  readonly level?: number | undefined;
  readonly createHasher: CreateHasher;
  /** Told if the layer gets no table. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
}

/** The warning of a layer with more entries than readers of tables take. */
const NO_TABLE: Warning = {
  code: "no-table",
  message:
    "A layer has no table of contents: it would be larger than engines read, and the layer cannot be pulled lazily",
};

/** Characters of the table that are encoded at a time. */
const LINES_AT_ONCE = 512 * 1024;

/** The start of a table. */
const HEAD = '{"version":1,"entries":[';

const COMMON = { type: "file", mode: 0o444, uid: 0, gid: 0, mtime: 0 } as const;

/** Writes one layer. The bytes that it adds to the archive are given by `head` and `tail`, for the diffId. */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #compressor: PartCompressor;
  readonly #cutter: LayerCutter;
  readonly #tarSplit: TarSplit | undefined;
  #position = 0;
  #plainSize = 0;
  /** The table, and the lines of tar-split, compressed as they are made. */
  readonly #table: PackedText;
  readonly #split: PackedText;
  #text = HEAD;
  #entries = 0;
  #isTooLarge = false;
  #hasTail = false;
  #annotations: Readonly<Record<string, string>> | undefined;

  /** @throws {TypeError} if this runtime has no compression of parts. */
  constructor(options: TableWriterOptions) {
    const { format, codec, level, createHasher } = options;
    this.#options = options;
    if (codec.compressParts === undefined) {
      throw new TypeError(
        `Cannot make a layer in ${format}: this runtime's compression has no parts`,
      );
    }
    this.#compressor = codec.compressParts(format === "estargz" ? "gzip" : "zstd", { level });
    this.#table = new PackedText(this.#compressor, createHasher);
    this.#split = new PackedText(this.#compressor, createHasher);
    this.#tarSplit = format === "zstd:chunked" ? new TarSplit() : undefined;
    this.#cutter = new LayerCutter({
      partSize: this.#compressor.partSize,
      createHasher,
      listener: this.#tarSplit,
    });
  }

  /** Annotations of the layer's descriptor, once the layer was written; undefined if it has no table, which would be too large. */
  get annotations(): Readonly<Record<string, string>> | undefined {
    return this.#annotations;
  }

  /** Bytes that come before the archive. */
  head(): Bytes | undefined {
    if (this.#options.format !== "estargz") return undefined;
    const landmark = { ...COMMON, path: ".no.prefetch.landmark", size: 1 };
    const padded = new Uint8Array(512);
    padded[0] = 0x0f;
    return concatBytes([encodeHeaders({ ...landmark, mode: 0o644 }), padded]);
  }

  /** Bytes that come after the archive, once all of that was compressed. */
  async tail(): Promise<ByteStream | undefined> {
    const { format, codec } = this.#options;
    if (format !== "estargz" || !await this.#endTable("]}")) return undefined;
    this.#hasTail = true;
    const content = this.#table.unpacked(codec.decompress("gzip"));
    return writeTar([{ ...COMMON, path: STARGZ_TABLE, size: this.#table.size, content }]);
  }

  /** Compresses the archive, with its head and tail. */
  async *compress(archive: ByteStream): ByteStream {
    const source = archive[Symbol.asyncIterator]();
    try {
      yield* this.#compressArchive(source);
      const tail = yield* this.#compressRest(source);
      if (this.#options.format !== "estargz") yield* this.#endChunked();
      else if (tail !== undefined) yield* this.#endStargz(tail);
      if (this.#annotations === undefined) this.#options.onWarning?.(NO_TABLE);
    } finally {
      await source.return?.();
    }
  }

  /** Compresses all entries of the archive, up to its end marker. */
  async *#compressArchive(source: AsyncIterator<Bytes>): ByteStream {
    const taken: Part[] = [];
    const cutter = this.#cutter;
    const note = (part: Part): Bytes => {
      taken.push(part);
      return part.bytes;
    };
    const count = (bytes: number): void => void (this.#plainSize += bytes);
    async function* parts(): AsyncIterable<Bytes> {
      while (!cutter.hasEnded) {
        const { done, value } = await source.next();
        if (done) break;
        count(value.length);
        for await (const part of cutter.add(value)) yield note(part);
      }
    }
    const next = new Map<FileParts, number>();
    for await (const bytes of this.#compressor.compress(parts())) {
      const part = taken.shift();
      const start = this.#position;
      this.#position += bytes.length;
      if (part?.file !== undefined) {
        const index = next.get(part.file) ?? 0;
        const chunk = part.file.chunks[index] as FileChunk;
        chunk.offset = start;
        chunk.end = this.#position;
        if (index + 1 < part.file.chunks.length || part.file.digest === undefined) {
          next.set(part.file, index + 1);
        } else next.delete(part.file);
      }
      yield bytes;
      await this.#takeEntries();
    }
  }

  /** Compresses the rest of the archive: the end marker and the zeros after it. Returns the tail, if there is one. */
  async *#compressRest(
    source: AsyncIterator<Bytes>,
  ): AsyncGenerator<Bytes, ByteStream | undefined> {
    let next = await source.next();
    for (; !next.done && !this.#hasTail; next = await source.next()) {
      this.#plainSize += next.value.length;
      for await (const { bytes } of this.#cutter.add(next.value)) yield* this.#add(bytes);
    }
    for (const { bytes } of this.#cutter.end()) yield* this.#add(bytes);
    if (next.done) return undefined;
    const first = next.value;
    const count = (bytes: number): void => void (this.#plainSize += bytes);
    async function* tail(): ByteStream {
      for (let chunk = first;;) {
        count(chunk.length);
        yield chunk;
        const { done, value } = await source.next();
        if (done) return;
        chunk = value;
      }
    }
    return tail();
  }

  /** Compresses bytes that are no content. */
  async *#add(bytes: Bytes): ByteStream {
    const { partSize } = this.#compressor;
    async function* parts(): AsyncIterable<Bytes> {
      for (let at = 0; at < bytes.length; at += partSize) {
        yield await Promise.resolve(bytes.subarray(at, at + partSize));
      }
    }
    for await (const part of this.#compressor.compress(parts())) {
      this.#position += part.length;
      yield part;
    }
  }

  async *#endStargz(tail: ByteStream): ByteStream {
    const start = this.#position;
    // In one member: stargz-snapshotter reads only the first one.
    const { codec, level } = this.#options;
    for await (const bytes of codec.compress("gzip", { level })(tail)) {
      this.#position += bytes.length;
      yield bytes;
    }
    if (this.#position - start <= LARGEST_TABLE) {
      this.#annotations = {
        [STARGZ_DIGEST]: await this.#table.digest(),
        [STARGZ_SIZE]: `${this.#plainSize}`,
      };
    }
    // docs/estargz.md, "The footer": an empty member whose extra field says where the table is.
    const footer = new Uint8Array(51);
    footer.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, 0x53, 0x47, 22, 0]);
    const field = `${start.toString(16).padStart(16, "0")}STARGZ`;
    footer.set(new TextEncoder().encode(field), 16);
    footer.set([1, 0, 0, 255, 255], 38);
    yield footer;
  }

  async *#endChunked(): ByteStream {
    const { createHasher } = this.#options;
    const digest = async (packed: ByteStream): Promise<string> => {
      const hasher = createHasher();
      for await (const bytes of packed) await hasher.update(bytes);
      return `sha256:${encodeHex(await hasher.digest())}`;
    };
    const [table, split] = [this.#table, this.#split];
    await split.add(this.#tarSplit?.takeRest() ?? []);
    await split.end();
    const splitDigest = await digest(split.packed());
    if (!await this.#endTable(`],"tarSplitDigest":"${splitDigest}"}`)) return;
    if (table.packedSize > LARGEST_TABLE) return;
    const tableAt = this.#position + SKIPPABLE_HEAD;
    const splitAt = tableAt + table.packedSize + SKIPPABLE_HEAD;
    const numbers = [
      ...[tableAt, table.packedSize, table.size, 1],
      ...[splitAt, split.packedSize, split.size],
    ];
    this.#annotations = {
      [CHUNKED_POSITION]: numbers.slice(0, 4).join(":"),
      [CHUNKED_CHECKSUM]: await digest(table.packed()),
      [CHUNKED_TAR_SPLIT]: numbers.slice(4).join(":"),
    };
    for (const text of [table, split]) {
      yield skippableHead(text.packedSize);
      yield* text.packed();
    }
    const footer = new DataView(new ArrayBuffer(64));
    numbers.forEach((number, index) => footer.setBigUint64(8 * index, BigInt(number), true));
    const bytes = new Uint8Array(footer.buffer);
    bytes.set(new TextEncoder().encode("GNUlInUx"), 56);
    yield concatBytes([skippableHead(bytes.length), bytes]);
  }

  /** Adds the entries that are complete to the table, and their lines to tar-split. */
  async #takeEntries(): Promise<void> {
    const entries = this.#cutter.takeEntries();
    const lines = this.#tarSplit?.take() ?? [];
    if (this.#isTooLarge) return;
    for (const entry of tableEntries(entries, this.#options.format)) {
      this.#text += `${this.#entries++ === 0 ? "" : ","}${JSON.stringify(entry)}`;
      if (this.#text.length > LINES_AT_ONCE) await this.#flush();
    }
    if (lines.length > 0) await this.#split.add(lines);
    this.#isTooLarge = this.#entries > MOST_ENTRIES || this.#table.size > LARGEST_PLAIN_TABLE;
    if (!this.#isTooLarge) return;
    this.#table.clear();
    this.#split.clear();
  }

  async #flush(): Promise<void> {
    await this.#table.add([new TextEncoder().encode(this.#text)]);
    this.#text = "";
  }

  /** Ends the table; false if it would be larger than readers take. */
  async #endTable(end: string): Promise<boolean> {
    await this.#takeEntries();
    this.#text += end;
    await this.#flush();
    await this.#table.end();
    return !this.#isTooLarge && this.#table.size <= LARGEST_PLAIN_TABLE;
  }
}

/** Makes a {@linkcode TableWriter} for a format that has a table of contents. */
export function createTableWriter(
  format: LayerFormat,
  { codec, createHasher, level, onWarning }: Omit<TableWriterOptions, "format">,
): TableWriter | undefined {
  if (format !== "zstd:chunked" && format !== "estargz") return undefined;
  return new TableWriter({ format, codec, createHasher, level, onWarning });
}
