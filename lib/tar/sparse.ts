/**
 * The maps of sparse files: where in the file the stored bytes belong. A map that readers would refuse, or would read differently, is
 * refused here.
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

/** Where the stored bytes of a sparse file belong; all else in it is zero. */
export interface SparseMap {
  /** Bytes of the whole file. */
  readonly realSize: number;
  /** Offset and size of each region, one after the other, in bytes. */
  readonly regions: readonly number[];
}

/** Regions of a file of 4 GiB in which every other block of 4 KiB is a hole; they take 16 bytes each. */
const MOST_REGIONS = 524_288;

/** Takes regions as they come: in order, not overlapping, within the file, and as many bytes as are stored. */
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

/** Reads the map of a type "S" entry, which starts in its header and may go on in blocks of its own. */
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
   * Takes the header block, then the blocks behind it.
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
      // An unused pair ends the map: to GNU tar it is one without a size, to Go one without an offset.
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
      // GNU tar stops reading at the gap, Go goes on: each would find the next header elsewhere.
      throw new TarError("the map of a sparse file has a gap", position);
    }
    if (!more) this.#regions.finish(this.#stored, position);
    return more;
  }
}

/** Reads the map of version 1.0, which is text at the front of the content: a count, then offsets and sizes, one a line. */
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
 * Checks what pax records say of a sparse file (GNU tar's manual, "Storing Sparse Files", versions 0.0, 0.1 and 1.0).
 *
 * @param records Those of an entry, some with a keyword that starts with "GNU.sparse.".
 * @param stored Bytes of content in the archive.
 * @param position Bytes from the start of the archive to the entry's header.
 * @returns what reads the map where it is in the content, or the map where it was in the records.
 * @throws {TarError} if the records are broken, or mean nothing that all readers agree on.
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
      // Pairs in version 0.0 come one record each, an offset first.
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
