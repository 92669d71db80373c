/**
 * Reads the maps of sparse files, which say where in the file the stored bytes belong. A map that readers refuse, or understand
 * differently, is refused.
 */

import type { PaxRecord } from "./entry.ts";
import { BLOCK_SIZE, type Field, readNumber } from "./header.ts";
import { TarError } from "./tar_error.ts";

/** GNU tar 1.34, tar.h, `struct oldgnu_header` and `struct sparse_header`: pairs of an offset and a size, 24 bytes each. */
const OLD_GNU = {
  inHeader: { offset: 386, count: 4, isExtended: 482 },
  inExtension: { offset: 0, count: 21, isExtended: 504 },
  realSize: [483, 12],
} as const;

/** Where the stored bytes of a sparse file belong; the rest of the file is zero. */
export interface SparseMap {
  /** Bytes of the whole file. */
  readonly realSize: number;
  /** Offset and size of each region, alternating, in bytes. */
  readonly regions: readonly number[];
}

/** The most regions, which take 16 bytes each: those of a 4 GiB file in which every other 4 KiB block is a hole. */
const MOST_REGIONS = 524_288;

/** Collects regions, and checks that they are in order, do not overlap, lie within the file, and cover the stored bytes. */
class RegionChecker implements SparseMap {
  readonly realSize: number;
  readonly regions: number[] = [];
  #end = 0;
  #stored = 0;

  constructor(realSize: number) {
    this.realSize = realSize;
  }

  add(offset: number, size: number, position: number): void {
    if (offset < this.#end || offset + size > this.realSize) {
      throw new TarError(
        `the map of a sparse file has ${size} bytes at ${offset}, out of order or past the file's end`,
        position,
      );
    }
    this.#end = offset + size;
    this.#stored += size;
    if (size === 0) return;
    if (this.regions.length === 2 * MOST_REGIONS) {
      throw new TarError(
        `the map of a sparse file has more than ${MOST_REGIONS} regions`,
        position,
      );
    }
    this.regions.push(offset, size);
  }

  finish(stored: number, position: number): void {
    if (this.#stored === stored) return;
    throw new TarError(
      `the map of a sparse file covers ${this.#stored} bytes where ${stored} are stored`,
      position,
    );
  }
}

/** Reads the map of a type "S" entry, which starts in its header block and may go on in further blocks. */
export class OldGnuMap {
  readonly #regions: RegionChecker;
  readonly #stored: number;
  #started = false;

  /**
   * @param header The entry's header block.
   * @param stored Bytes of content in the archive.
   * @param position Bytes from the start of the archive to the header block.
   * @throws {TarError} if the file's size cannot be read.
   */
  constructor(header: Uint8Array, stored: number, position: number) {
    this.#regions = new RegionChecker(
      readNumber(header, OLD_GNU.realSize, "real size", position),
    );
    this.#stored = stored;
  }

  /** The map, as far as it was read. */
  get map(): SparseMap {
    return this.#regions;
  }

  /**
   * Takes the header block, then the blocks after it.
   *
   * @returns whether another block of the map follows.
   * @throws {TarError} if the map is broken.
   */
  push(block: Uint8Array, position: number): boolean {
    const { offset, count, isExtended } = this.#started ? OLD_GNU.inExtension : OLD_GNU.inHeader;
    this.#started = true;
    let used = 0;
    for (; used < count; used++) {
      const start = offset + used * 24;
      const sizeField: Field = [start + 12, 12];
      // An unused pair ends the map: for GNU tar that is one without a size, for Go one without an offset.
      const isUnused = block[start] === 0;
      if (isUnused !== (block[start + 12] === 0)) {
        throw new TarError("the map of a sparse file has half a pair", position + start);
      }
      if (isUnused) break;
      this.#regions.add(
        readNumber(block, [start, 12], "sparse offset", position),
        readNumber(block, sizeField, "sparse size", position),
        position + start,
      );
    }
    const more = block[isExtended] !== 0;
    if (more && used < count) {
      // GNU tar stops at the gap and Go goes on: they would find the next header at different places.
      throw new TarError("the map of a sparse file has a gap", position);
    }
    if (!more) this.#regions.finish(this.#stored, position);
    return more;
  }
}

/** Reads the map of version 1.0, which is text at the start of the content: a count, then offsets and sizes, one a line. */
export class PaxMap {
  readonly #regions: RegionChecker;
  readonly #stored: number;
  #left: number | undefined;
  #offset: number | undefined;
  #digits = "";
  #blocks = 0;

  /**
   * @param realSize Bytes of the whole file.
   * @param stored Bytes of content in the archive, the map included.
   */
  constructor(realSize: number, stored: number) {
    this.#regions = new RegionChecker(realSize);
    this.#stored = stored;
  }

  /** The map, as far as it was read. */
  get map(): SparseMap {
    return this.#regions;
  }

  /**
   * Takes a block of content.
   *
   * @returns whether another block of the map follows.
   * @throws {TarError} if the map is broken.
   */
  push(block: Uint8Array, position: number): boolean {
    this.#blocks++;
    if (this.#blocks * BLOCK_SIZE > this.#stored) {
      throw new TarError("the map of a sparse file is longer than its content", position);
    }
    for (const [index, byte] of block.entries()) {
      if (byte === 0x0a) this.#take(position + index);
      else if (byte >= 0x30 && byte <= 0x39 && this.#digits.length < 15) {
        this.#digits += String.fromCharCode(byte);
      } else {
        throw new TarError("the map of a sparse file is not made of numbers", position + index);
      }
      if (this.#left === 0) {
        this.#regions.finish(this.#stored - this.#blocks * BLOCK_SIZE, position);
        return false;
      }
    }
    return true;
  }

  #take(position: number): void {
    if (this.#digits === "") {
      throw new TarError("the map of a sparse file has an empty line", position);
    }
    const value = Number(this.#digits);
    this.#digits = "";
    if (this.#left === undefined) this.#left = value;
    else if (this.#offset === undefined) this.#offset = value;
    else {
      this.#regions.add(this.#offset, value, position);
      this.#offset = undefined;
      this.#left--;
    }
  }
}

/**
 * Checks the pax records of a sparse file (GNU tar's manual, "Storing Sparse Files", versions 0.0, 0.1 and 1.0).
 *
 * @param records The records of an entry, some of which have keywords that start with "GNU.sparse.".
 * @param stored Bytes of content in the archive.
 * @param position Bytes from the start of the archive to the entry's header.
 * @returns the map, if it is in the records, or a reader for the map in the content.
 * @throws {TarError} if the records are broken, or readers do not agree on them.
 */
export function checkSparseRecords(
  records: readonly PaxRecord[],
  stored: number,
  position: number,
): PaxMap | SparseMap {
  const sparse = records.filter(([keyword]) => keyword.startsWith("GNU.sparse."));
  const broken = (): TarError =>
    new TarError("the records of a sparse file are incomplete or contradict each other", position);

  const numbers = new Map<string, number>();
  const map: number[] = [];
  for (const [keyword, value] of sparse) {
    const name = keyword.slice("GNU.sparse.".length);
    if (name === "name") continue;
    const values = (name === "map" ? value.split(",") : [value]).map((text) =>
      /^\d{1,15}$/.test(text) ? Number(text) : NaN
    );
    if (values.some(Number.isNaN)) throw broken();
    if (name === "map" || name === "offset" || name === "numbytes") {
      // In version 0.0 each number is a record, first an offset, then a size.
      if (name !== "map" && (map.length % 2 === 0) !== (name === "offset")) throw broken();
      map.push(...values);
    } else if (numbers.has(name)) throw broken();
    else numbers.set(name, values[0] ?? NaN);
  }

  const known = numbers.size;
  const realSize = numbers.get("realsize");
  if (map.length === 0 && realSize !== undefined && known === 3) {
    if (numbers.get("major") === 1 && numbers.get("minor") === 0) {
      return new PaxMap(realSize, stored);
    }
  }
  const size = numbers.get("size");
  if (size === undefined || known !== 2 || map.length === 0) throw broken();
  if (map.length / 2 !== numbers.get("numblocks")) throw broken();
  const regions = new RegionChecker(size);
  let offset: number | undefined;
  for (const value of map) {
    if (offset === undefined) offset = value;
    else {
      regions.add(offset, value, position);
      offset = undefined;
    }
  }
  regions.finish(stored, position);
  return regions;
}
