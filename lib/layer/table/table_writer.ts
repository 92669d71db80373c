/** Writes layers with a table of contents: eStargz and zstd:chunked. The table and the archive are made from one list. */

import { type Bytes, type ByteStream, concatBytes, oneChunk } from "../../base/bytes.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import { encodeHeaders } from "../../tar/encode.ts";
import { writeTar } from "../../tar/writer.ts";
import { collectBytes } from "../../base/collect.ts";
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
import { tableEntries } from "./table_entries.ts";
import { TarSplit } from "./tar_split.ts";

/** Options of {@linkcode TableWriter}. */
export interface TableWriterOptions {
  readonly format: "zstd:chunked" | "estargz";
  readonly codec: Codec;
  readonly level?: number | undefined;
  readonly createHasher: CreateHasher;
  /** Told where there is no table in the end. */
  readonly onWarning?: ((warning: Warning) => void) | undefined;
}

/** Said of a layer that has more in it than readers of tables take. */
const NO_TABLE: Warning = {
  code: "no-table",
  message:
    "A layer has no table of contents: it would be larger than engines read, and the layer cannot be pulled lazily",
};

/** Magic of a skippable zstd frame (RFC 8878 §3.1.2), and bytes of its head. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_HEAD = 8;

/** Characters of tar-split's lines that are compressed at a time. */
const LINES_AT_ONCE = 512 * 1024;

const COMMON = { type: "file", mode: 0o444, uid: 0, gid: 0, mtime: 0 } as const;

/** Writes one layer. Bytes that it adds to the archive itself are asked for, so that its diffId can be taken where all others are. */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #compressor: PartCompressor;
  readonly #cutter: LayerCutter;
  readonly #tarSplit: TarSplit | undefined;
  #position = 0;
  #plainSize = 0;
  #isTooLarge = false;
  #table: { readonly bytes: Bytes; readonly digest: string } | undefined;
  #tail: Bytes | undefined;
  #annotations: Readonly<Record<string, string>> | undefined;

  /** @throws {TypeError} if this runtime cannot. */
  constructor(options: TableWriterOptions) {
    const { format, codec, level, createHasher } = options;
    this.#options = options;
    if (codec.compressParts === undefined) {
      throw new TypeError(
        `Cannot make a layer in ${format}: this runtime's compression has no parts`,
      );
    }
    this.#compressor = codec.compressParts(format === "estargz" ? "gzip" : "zstd", { level });
    this.#tarSplit = format === "zstd:chunked" ? new TarSplit() : undefined;
    this.#cutter = new LayerCutter({
      partSize: this.#compressor.partSize,
      createHasher,
      listener: this.#tarSplit,
    });
  }

  /** Annotations of the layer's descriptor, once it was written; undefined where its table would be larger than readers take. */
  get annotations(): Readonly<Record<string, string>> | undefined {
    return this.#annotations;
  }

  /** What stands before the archive. */
  head(): Bytes | undefined {
    if (this.#options.format !== "estargz") return undefined;
    const landmark = { ...COMMON, path: ".no.prefetch.landmark", size: 1 };
    const padded = new Uint8Array(512);
    padded[0] = 0x0f;
    return concatBytes([encodeHeaders({ ...landmark, mode: 0o644 }), padded]);
  }

  /** What stands behind the archive, when all of that was compressed. */
  async tail(): Promise<Bytes | undefined> {
    const { format, createHasher } = this.#options;
    this.#isTooLarge = this.#cutter.entries.length > MOST_ENTRIES;
    const json = this.#isTooLarge ? undefined : await this.#makeTable();
    if (json === undefined || format !== "estargz") return undefined;
    const hasher = createHasher();
    await hasher.update(json);
    this.#table = { bytes: json, digest: `sha256:${encodeHex(await hasher.digest())}` };
    const entry = { ...COMMON, path: STARGZ_TABLE, size: json.length, content: json };
    return this.#tail = await collectBytes(writeTar([entry]));
  }

  /** A stage that compresses the archive, with what stands before and behind it. */
  async *compress(archive: ByteStream): ByteStream {
    const source = archive[Symbol.asyncIterator]();
    try {
      yield* this.#compressArchive(source);
      yield* this.#compressRest(source);
      if (this.#options.format === "estargz") yield* this.#endStargz();
      else yield* this.#endChunked();
      if (this.#annotations === undefined) this.#options.onWarning?.(NO_TABLE);
    } finally {
      await source.return?.();
    }
  }

  /** Up to the end of the archive: all that the table tells of. */
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
    }
  }

  /** What is behind the last content, up to the end: the end-of-archive marker, and zeros behind it. */
  async *#compressRest(source: AsyncIterator<Bytes>): ByteStream {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      this.#plainSize += next.value.length;
      if (next.value === this.#tail) continue;
      for await (const { bytes } of this.#cutter.add(next.value)) yield* this.#add(bytes);
    }
    for (const { bytes } of this.#cutter.end()) yield* this.#add(bytes);
  }

  /** Compresses bytes that no entry is of. */
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

  async *#endStargz(): ByteStream {
    if (this.#table === undefined || this.#tail === undefined) return;
    const start = this.#position;
    // In one member: stargz-snapshotter reads no further.
    const { codec, level } = this.#options;
    for await (const bytes of codec.compress("gzip", { level })(oneChunk(this.#tail))) {
      this.#position += bytes.length;
      yield bytes;
    }
    if (this.#position - start <= LARGEST_TABLE) {
      this.#annotations = {
        [STARGZ_DIGEST]: this.#table.digest,
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
    if (this.#isTooLarge || this.#tarSplit === undefined) return;
    const { createHasher } = this.#options;
    const lines = this.#tarSplit;
    const split = concatBytes(await this.#pack(lines.take()));
    const digest = async (bytes: Bytes): Promise<string> => {
      const hasher = createHasher();
      await hasher.update(bytes);
      return `sha256:${encodeHex(await hasher.digest())}`;
    };
    const json = await this.#makeTable(await digest(split));
    if (json === undefined) return;
    const table = concatBytes(await this.#pack([json]));
    if (table.length > LARGEST_TABLE) return;
    const tableAt = this.#position + SKIPPABLE_HEAD;
    const splitAt = tableAt + table.length + SKIPPABLE_HEAD;
    this.#annotations = {
      [CHUNKED_POSITION]: `${tableAt}:${table.length}:${json.length}:1`,
      [CHUNKED_CHECKSUM]: await digest(table),
      [CHUNKED_TAR_SPLIT]: `${splitAt}:${split.length}:${lines.size}`,
    };
    yield skippable(table);
    yield skippable(split);
    const footer = new DataView(new ArrayBuffer(64));
    const numbers = [tableAt, table.length, json.length, 1, splitAt, split.length, lines.size];
    numbers.forEach((number, index) => footer.setBigUint64(8 * index, BigInt(number), true));
    const bytes = new Uint8Array(footer.buffer);
    bytes.set(new TextEncoder().encode("GNUlInUx"), 56);
    yield skippable(bytes);
  }

  async #pack(plain: readonly Bytes[]): Promise<Bytes[]> {
    const { partSize } = this.#compressor;
    async function* parts(): AsyncIterable<Bytes> {
      for (const bytes of plain) {
        for (let at = 0; at < bytes.length; at += partSize) {
          yield await Promise.resolve(bytes.subarray(at, at + partSize));
        }
      }
    }
    const packed: Bytes[] = [];
    for await (const part of this.#compressor.compress(parts())) packed.push(part);
    return packed;
  }

  /** The JSON of the table; undefined where it would be larger than readers take. */
  #makeTable(tarSplitDigest?: string): Promise<Bytes | undefined> {
    const encoder = new TextEncoder();
    const chunks: Bytes[] = [encoder.encode('{"version":1,"entries":[')];
    let size = 0;
    let text = "";
    const flush = (): void => {
      const bytes = encoder.encode(text);
      chunks.push(bytes);
      size += bytes.length;
      text = "";
    };
    let isFirst = true;
    for (const entry of tableEntries(this.#cutter.entries, this.#options.format)) {
      text += `${isFirst ? "" : ","}${JSON.stringify(entry)}`;
      isFirst = false;
      if (text.length > LINES_AT_ONCE) flush();
      if (size > LARGEST_PLAIN_TABLE) return Promise.resolve(undefined);
    }
    text += tarSplitDigest === undefined ? "]}" : `],"tarSplitDigest":"${tarSplitDigest}"}`;
    flush();
    return Promise.resolve(concatBytes(chunks));
  }
}

/** Makes what writes a layer with a table, where the format has one; it warns where the table comes to be too large. */
export function createTableWriter(
  format: LayerFormat,
  { codec, createHasher, level, onWarning }: Omit<TableWriterOptions, "format">,
): TableWriter | undefined {
  if (format !== "zstd:chunked" && format !== "estargz") return undefined;
  return new TableWriter({ format, codec, createHasher, level, onWarning });
}

function skippable(payload: Bytes): Bytes {
  const head = new DataView(new ArrayBuffer(SKIPPABLE_HEAD));
  head.setUint32(0, SKIPPABLE_MAGIC, true);
  head.setUint32(4, payload.length, true);
  return concatBytes([new Uint8Array(head.buffer), payload]);
}
