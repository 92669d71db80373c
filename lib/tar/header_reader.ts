/** Assembles the headers of an entry: extended headers, long names, the header itself, and the map of a sparse file. */

import type { Bytes } from "../base/bytes.ts";
import { type PaxRecord, type TarEntryHeader, typeOfFlag } from "./entry.ts";
import { BLOCK_SIZE, FIELD, padded } from "./header.ts";
import { type Header, HeaderParser } from "./header_parser.ts";
import { MAX_EXTENSION_SIZE, parsePax, paxValues } from "./pax.ts";
import { checkSparseRecords, OldGnuMap, PaxMap, type SparseMap } from "./sparse.ts";
import { TarError } from "./tar_error.ts";
import { decodeText } from "./text.ts";

/** Type flags of headers that extend the next header, or all: what messages call them. */
const EXTENSIONS: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ["x", "an extended header"],
  ["g", "a global extended header"],
  ["L", "a long name"],
  ["K", "a long link target"],
]);

/** Types that only some readers know: others would see another archive. */
const REFUSED: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ["M", "a file that goes on from another volume"],
  ["X", "an extended header of Solaris"],
]);

/** Records that would change how all entries after a global header are read: GNU tar follows them, container engines do not. */
const REFUSED_GLOBALS = /^(?:path|linkpath|size|GNU\..*)$/;

/** An extended header or a long name whose content is being read. */
interface Extension {
  readonly typeFlag: string;
  readonly bytes: Bytes;
  /** Bytes that were read; past the end once it is complete. */
  filled: number;
}

/** A push parser for headers: it takes their blocks, without the contents between them. */
export class HeaderReader {
  /** Bytes of content and padding that follow the block that completed the headers. */
  remaining = 0;
  /** Number of the entry's blocks before its main header block. */
  mainBlock = 0;
  /** The map of the entry that was returned last, if it is a sparse file. */
  sparse: SparseMap | undefined;
  /** The records of a global extended header, if the last block has completed one. */
  globals: readonly PaxRecord[] | undefined;

  readonly #parser = new HeaderParser();
  #blocks = 0;
  #records: PaxRecord[] | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;
  #extension: Extension | undefined;
  #map: OldGnuMap | PaxMap | undefined;
  #entry: TarEntryHeader | undefined;

  /** Whether the headers of an entry have begun and not ended. */
  get pending(): boolean {
    return this.#blocks > 0;
  }

  /**
   * Takes a block.
   *
   * @param block 512 bytes, not all zero unless {@linkcode pending}; they may be reused afterwards.
   * @param position Bytes from the start of the archive to the block.
   * @returns the entry once its headers are complete.
   * @throws {TarError} if the block is not valid here.
   */
  push(block: Uint8Array, position: number): TarEntryHeader | undefined {
    this.#blocks++;
    this.globals = undefined;
    if (this.#extension !== undefined) {
      return this.#pushExtension(this.#extension, block, position);
    }
    if (this.#map !== undefined) return this.#pushMap(this.#map, block, position);
    const header = this.#parser.parse(block, position);
    if (header === undefined) throw notAHeader(block, position);
    if (EXTENSIONS.has(header.typeFlag)) return this.#startExtension(header, position);
    return this.#pushMain(header, block, position);
  }

  #startExtension(header: Header, position: number): undefined {
    const what = EXTENSIONS.get(header.typeFlag);
    if (header.size > MAX_EXTENSION_SIZE) {
      throw new TarError(
        `there is ${what} of ${header.size} bytes, where ${MAX_EXTENSION_SIZE} are the limit,`,
        position,
      );
    }
    const repeated = header.typeFlag === "g"
      ? this.#blocks > 1
      : header.typeFlag === "x"
      ? this.#records !== undefined
      : header.typeFlag === "L"
      ? this.#longName !== undefined
      : this.#longLink !== undefined;
    if (repeated) throw new TarError(`there is ${what} without an entry before it`, position);
    const extension = {
      typeFlag: header.typeFlag,
      bytes: new Uint8Array(header.size),
      filled: 0,
    };
    if (header.size === 0) this.#endExtension(extension, position);
    else this.#extension = extension;
    return undefined;
  }

  #pushExtension(extension: Extension, block: Uint8Array, position: number): undefined {
    const { bytes, filled } = extension;
    bytes.set(block.subarray(0, bytes.length - filled), filled);
    extension.filled += BLOCK_SIZE;
    if (extension.filled >= bytes.length) this.#endExtension(extension, position - filled);
    return undefined;
  }

  #endExtension({ typeFlag, bytes }: Extension, position: number): void {
    this.#extension = undefined;
    const end = bytes.indexOf(0);
    const text = (): string => decodeText(bytes, 0, end < 0 ? bytes.length : end);
    if (typeFlag === "L") this.#longName = text();
    else if (typeFlag === "K") this.#longLink = text();
    else if (typeFlag === "x") this.#records = parsePax(bytes, position);
    else {
      this.#blocks = 0;
      this.globals = parsePax(bytes, position);
      for (const [keyword] of this.globals) {
        if (!REFUSED_GLOBALS.test(keyword)) continue;
        throw new TarError(`a global extended header sets "${keyword}" for all entries`, position);
      }
    }
  }

  #pushMain(header: Header, block: Uint8Array, position: number): TarEntryHeader | undefined {
    this.mainBlock = this.#blocks - 1;
    const refused = REFUSED.get(header.typeFlag);
    if (refused !== undefined) throw new TarError(`there is ${refused}`, position);
    // Some readers skip a NUL in front, for others it ends the number: they would look for the next header elsewhere.
    if (header.size > 0 && block[FIELD.size[0]] === 0) {
      const name = JSON.stringify(header.name);
      throw new TarError(`the size of the entry ${name} begins with a NUL`, position);
    }
    const entry = assemble(header, this.#records, this.#longName, this.#longLink, position);
    this.#entry = entry;
    this.remaining = padded(entry.size);
    this.sparse = undefined;
    if (header.typeFlag === "S" || this.#records?.some(isSparse)) {
      return this.#pushSparse(header, entry, block, position);
    }
    return this.#finish();
  }

  /** A method of its own, since a closure would slow the parsing of all other entries down. */
  #pushSparse(
    header: Header,
    entry: TarEntryHeader,
    block: Uint8Array,
    position: number,
  ): TarEntryHeader | undefined {
    naming(entry, () => this.#startMap(header, entry, block, position));
    return this.#map === undefined ? this.#finish() : undefined;
  }

  #startMap(header: Header, entry: TarEntryHeader, block: Uint8Array, position: number): void {
    if (this.#records?.some(isSparse)) {
      // GNU tar tells the two kinds of sparse files apart by the header's magic alone.
      if (header.format !== "ustar") {
        throw new TarError("there is a sparse file in a header that is not ustar's", position);
      }
      const map = checkSparseRecords(this.#records, entry.size, position);
      if (map instanceof PaxMap) this.#map = map;
      this.sparse = map instanceof PaxMap ? map.map : map;
    }
    if (header.typeFlag === "S") {
      if (header.format !== "gnu") {
        throw new TarError("there is a sparse file of a kind that is not GNU's", position);
      }
      const map = new OldGnuMap(block, entry.size, position);
      this.sparse = map.map;
      if (map.push(block, position)) this.#map = map;
    }
  }

  #pushMap(
    map: OldGnuMap | PaxMap,
    block: Uint8Array,
    position: number,
  ): TarEntryHeader | undefined {
    // The map of pax is part of the content, GNU's old map is not.
    if (map instanceof PaxMap) this.remaining -= BLOCK_SIZE;
    if (naming(this.#entry, () => map.push(block, position))) return undefined;
    return this.#finish();
  }

  #finish(): TarEntryHeader | undefined {
    const entry = this.#entry;
    this.#blocks = 0;
    this.#records = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.#map = undefined;
    this.#entry = undefined;
    return entry;
  }
}

function isSparse([keyword]: PaxRecord): boolean {
  return keyword.startsWith("GNU.sparse.");
}

/** Adds the entry's name to errors. */
function naming<T>(entry: TarEntryHeader | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof TarError ? error.within(entry?.path ?? "") : error;
  }
}

/** Makes an entry of a header and its extensions. */
function assemble(
  header: Header,
  records: readonly PaxRecord[] | undefined,
  longName: string | undefined,
  longLink: string | undefined,
  position: number,
): TarEntryHeader {
  const pax = records === undefined ? {} : paxValues(records);
  const sparseName = records?.findLast(([keyword]) => keyword === "GNU.sparse.name")?.[1];
  if (records !== undefined && (longName !== undefined || longLink !== undefined)) {
    const name = JSON.stringify(pax.path ?? longName);
    throw new TarError(
      `the entry ${name} has an extended header and a long name of GNU tar's too, of which readers take one or the other,`,
      position,
    );
  }
  // An empty long name is ignored, as in Go.
  const path = sparseName ?? (longName || (pax.path ?? header.name));
  const type = typeOfFlag(header.typeFlag, path);
  const linkPath = longLink || (pax.linkPath ?? header.linkName);
  // Assigned field by field instead of spread, for speed: there may be very many entries.
  const entry: { -readonly [Field in keyof TarEntryHeader]: TarEntryHeader[Field] } = {
    path,
    type,
    mode: header.mode,
    uid: pax.uid ?? header.uid,
    gid: pax.gid ?? header.gid,
    mtime: pax.mtime ?? header.mtime,
    size: contentSize(header, pax.size, type, position),
    userName: pax.userName ?? header.userName,
    groupName: pax.groupName ?? header.groupName,
    typeFlag: header.typeFlag,
  };
  if (type === "symlink" || type === "hard-link" || type === "other") entry.linkPath = linkPath;
  if (type === "character-device" || type === "block-device") {
    entry.deviceMajor = header.deviceMajor;
    entry.deviceMinor = header.deviceMinor;
  }
  if (records !== undefined) entry.records = records;
  return entry;
}

/**
 * Bytes of content. The size of an entry without content has no meaning, but readers differ: after a symlink GNU tar skips as many bytes,
 * Go none. It is ignored if they agree to ignore it, and refused otherwise.
 */
function contentSize(
  header: Header,
  paxSize: number | undefined,
  type: TarEntryHeader["type"],
  position: number,
): number {
  const size = paxSize ?? header.size;
  if (type === "file" || type === "other" || size === 0) return size;
  if (header.typeFlag === "5") return 0;
  if (type === "hard-link" && paxSize === undefined) return 0;
  throw new TarError(`there is a ${type} with ${size} bytes of content`, position);
}

/** The error for a block that is no header. */
function notAHeader(block: Uint8Array, position: number): TarError {
  if (position > 0) {
    return new TarError("there is no valid header (its checksum is wrong)", position);
  }
  const magic = decodeText(block, 257, 262);
  if (magic === "ustar") return new TarError("the checksum of the first header is wrong", position);
  let end = 0;
  while (end < 40 && isText(block[end] ?? 0)) end++;
  const start = JSON.stringify(decodeText(block, 0, end));
  return new TarError(
    end < 4 ? "there is something else" : `there is something else, which starts with ${start},`,
    position,
  );
}

function isText(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
