/** Reads the table of contents of a layer, by a few ranges of the blob. */

import { type Bytes, type ByteStream, oneChunk } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import type { JsonObject } from "../../oci/json.ts";
import { TarScanner } from "../../tar/scanner.ts";
import type { LayerListing } from "../base/layer_listing.ts";
import { PathBudget } from "../base/path_budget.ts";
import type { Codec } from "../compression/codec.ts";
import { jsonEntries } from "./json_entries.ts";
import { type ContentBounds, TableListing } from "./table_listing.ts";

/** Annotations of a layer's descriptor (containers/storage, `pkg/chunked/internal`; stargz-snapshotter, `estargz/types.go`). */
export const CHUNKED_POSITION = "io.github.containers.zstd-chunked.manifest-position";
export const CHUNKED_CHECKSUM = "io.github.containers.zstd-chunked.manifest-checksum";
export const CHUNKED_TAR_SPLIT = "io.github.containers.zstd-chunked.tarsplit-position";
export const STARGZ_DIGEST = "containerd.io/snapshot/stargz/toc.digest";
export const STARGZ_SIZE = "io.containers.estargz.uncompressed-size";

/** Bytes of eStargz's footer. */
export const STARGZ_FOOTER = 51;

/** The name of eStargz's table in its archive. */
export const STARGZ_TABLE = "stargz.index.json";

/** The most bytes of a table, compressed and uncompressed. */
export const LARGEST_TABLE: number = 32 * 1024 * 1024;
export const LARGEST_PLAIN_TABLE: number = 150 * 1024 * 1024;

/** Bytes at the end of a layer that are read first, in which most tables are. */
const TAIL = 64 * 1024;

/** Options of {@linkcode readTable}. */
export interface ReadTableOptions {
  /** Bytes of the layer. */
  readonly size: number;
  /** Annotations of its descriptor. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Reads a part of the layer; undefined if that is not possible. */
  readonly getPart: (start: number, length: number) => Promise<Bytes | undefined>;
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  /** Frees unused memory; called now and then. */
  readonly collectGarbage?: (() => void) | undefined;
}

/** A table that was found, compressed. */
interface FoundTable {
  readonly bytes: Bytes;
  /** Where it begins in the layer. */
  readonly start: number;
}

/**
 * Reads the table of a layer. Its digest must be the one in the descriptor's annotations.
 *
 * @returns its listing; undefined if there is no table, or it cannot be read, or cannot be true of the layer.
 * @throws what `getPart` throws.
 */
export async function readTable(options: ReadTableOptions): Promise<LayerListing | undefined> {
  const { annotations } = options;
  if (annotations[CHUNKED_POSITION] !== undefined) return await readChunked(options);
  if (annotations[STARGZ_DIGEST] !== undefined) return await readStargz(options);
  return undefined;
}

/** Digest of the table that {@linkcode readTable} would read. */
export function tableDigest(annotations: Readonly<Record<string, string>>): string | undefined {
  return annotations[CHUNKED_POSITION] === undefined
    ? annotations[STARGZ_DIGEST]
    : annotations[CHUNKED_CHECKSUM];
}

async function readChunked(options: ReadTableOptions): Promise<LayerListing | undefined> {
  const { size, annotations, getPart, codec, createHasher } = options;
  const position = /^(\d{1,15}):(\d{1,9}):(\d{1,9}):1$/.exec(annotations[CHUNKED_POSITION] ?? "");
  const [start = NaN, length = NaN, plain = NaN] = position?.slice(1).map(Number) ?? [];
  const isBounded = length > 0 && length <= LARGEST_TABLE && plain <= LARGEST_PLAIN_TABLE;
  if (!isBounded || !(start + length <= size)) return undefined;
  const bytes = await getPart(start, length);
  if (bytes === undefined || bytes.length !== length) return undefined;
  const checksum = await digestOf([bytes], createHasher);
  if (checksum !== annotations[CHUNKED_CHECKSUM]) return undefined;
  return await undefinedIfBroken(async () => {
    let total = 0;
    const table = limited(
      codec.decompress("zstd")(oneChunk(bytes)),
      plain,
      (count) => total = count,
    );
    // The frame that holds the table has a head of 8 bytes.
    const bounds = { end: start - 8, hasEnds: true };
    const listing = await listEntries(jsonEntries(table), bounds, options);
    return total === plain ? listing : undefined;
  });
}

async function readStargz(options: ReadTableOptions): Promise<LayerListing | undefined> {
  const { size, annotations, codec, createHasher } = options;
  const found = await findStargz(options);
  if (found === undefined) return undefined;
  return await undefinedIfBroken(async () => {
    const plain = limited(codec.decompress("gzip")(oneChunk(found.bytes)), LARGEST_PLAIN_TABLE);
    const hasher = createHasher();
    async function* json(): ByteStream {
      for await (const chunk of contentOf(plain, STARGZ_TABLE)) {
        await hasher.update(chunk);
        yield chunk;
      }
    }
    const bounds = { end: found.start, hasEnds: false };
    const listing = await listEntries(jsonEntries(json()), bounds, options);
    const digest = `sha256:${encodeHex(await hasher.digest())}`;
    return digest === annotations[STARGZ_DIGEST] && found.start < size ? listing : undefined;
  });
}

/** Finds eStargz's table by the footer. */
async function findStargz({ size, getPart }: ReadTableOptions): Promise<FoundTable | undefined> {
  const from = Math.max(0, size - TAIL);
  const tail = await getPart(from, size - from);
  if (tail === undefined || tail.length !== size - from || tail.length < STARGZ_FOOTER) {
    return undefined;
  }
  const footer = tail.subarray(tail.length - STARGZ_FOOTER);
  // RFC 1952 §2.3.1.1: after 10 bytes and the length, the field `SG` of 22 bytes.
  const field = new TextDecoder("latin1").decode(footer.subarray(12, 38));
  const [, hex] = /^SG..([0-9a-f]{16})STARGZ$/s.exec(field) ?? [];
  const start = hex === undefined ? NaN : parseInt(hex, 16);
  const end = size - STARGZ_FOOTER;
  if (!(start < end && end - start <= LARGEST_TABLE)) return undefined;
  if (start >= from) return { bytes: tail.subarray(start - from, end - from), start };
  const bytes = await getPart(start, end - start);
  return bytes?.length === end - start ? { bytes, start } : undefined;
}

/** Ignores a table that is broken, or whose compression this runtime does not have. */
async function undefinedIfBroken(
  read: () => Promise<LayerListing | undefined>,
): Promise<LayerListing | undefined> {
  try {
    return await read();
  } catch {
    return undefined;
  }
}

async function listEntries(
  entries: AsyncIterable<JsonObject>,
  bounds: ContentBounds,
  { collectGarbage }: ReadTableOptions,
): Promise<LayerListing> {
  // Its own: what is not believed is forgotten.
  const table = new TableListing(bounds, new PathBudget(collectGarbage));
  for await (const entry of entries) table.add(entry);
  table.listing.complete(true);
  return table.listing;
}

/** The content of the first entry of an archive, which must have the given name. */
async function* contentOf(archive: ByteStream, name: string): ByteStream {
  const pieces: Bytes[] = [];
  let left: number | undefined;
  const scanner = new TarScanner({
    onEntry: ({ path, type, size }) => {
      if (left !== undefined) return;
      if (path !== name || type !== "file") throw new SyntaxError(`there is no ${name}`);
      left = size;
    },
    onContent: (piece) => {
      const own = piece.subarray(0, Math.min(left ?? 0, piece.length));
      left = (left ?? 0) - own.length;
      if (own.length > 0) pieces.push(own);
    },
  });
  for await (const chunk of archive) {
    if (left === 0 || scanner.hasEnded) continue;
    scanner.write(chunk);
    yield* pieces.splice(0);
  }
  if (left !== 0) throw new SyntaxError(`${name} is cut short`);
}

/** Passes a stream on. @throws {RangeError} if it has more than `limit` bytes. */
function limited(
  source: ByteStream,
  limit: number,
  onCount?: (total: number) => void,
): ByteStream {
  return countBytes(source, (total) => {
    if (total > limit) throw new RangeError("a table of contents is too large");
    onCount?.(total);
  });
}

async function digestOf(chunks: readonly Bytes[], createHasher: CreateHasher): Promise<string> {
  const hasher = createHasher();
  for (const chunk of chunks) await hasher.update(chunk);
  return `sha256:${encodeHex(await hasher.digest())}`;
}
