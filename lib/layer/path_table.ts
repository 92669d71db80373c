/** Maps very many paths to numbers, in little memory. */

import { type ArrayReader, bytesOf } from "../base/array_reader.ts";
import type { Bytes } from "../base/bytes.ts";

/** Slots of a new part. */
const FIRST_SLOTS = 64;

/** Additional slots at the end, for entries that belong into the last slots but find them full. */
const SPARE_SLOTS = 32;

/** How full a part may be. More saves memory, but costs more steps for each look-up. */
const MOST_FILLED = 0.9;

/** The factor by which a part grows. Parts grow one by one and are more than three quarters full, so a path takes at most 16 bytes. */
const GROWTH = 1.18;

/** Slots below which a part is doubled instead, so that less is moved: all such parts together have less than a megabyte. */
const SMALL_SLOTS = 1_024;

/** The most slots of a part in a dump. */
const LARGEST_PART = 1024 * 1024;

/** The table has 2^6 parts, which grow independently. */
const PART_BITS = 6;

/**
 * Numbers in a slot: two of the hash, and the value, which is 0 in a free slot. Slots are sorted by hash, so that a search can stop at the
 * first larger one.
 */
const SLOT = 3;

/**
 * Maps paths to numbers. Of a path only a 64-bit hash is kept, with random keys for each table: two of a million paths collide in one of 37
 * million tables, and not again in the next one.
 */
export class PathTable {
  readonly #keys: Uint32Array;
  readonly #parts: (Uint32Array | undefined)[] = new Array(1 << PART_BITS);
  readonly #counts: Uint32Array = new Uint32Array(1 << PART_BITS);
  #high = 0;
  #low = 0;
  /** Directory of the previous path, with a slash at its end, and its hash. */
  #directory = "";
  #directoryHigh = 0;
  #directoryLow = 0;

  constructor(keys: Uint32Array = crypto.getRandomValues(new Uint32Array(4))) {
    this.#keys = keys;
  }

  /** The table in binary, for {@linkcode PathTable.read}. */
  *dump(): Iterable<Bytes> {
    yield bytesOf(this.#keys);
    yield bytesOf(this.#counts);
    yield bytesOf(Uint32Array.from(this.#parts, (part) => part?.length ?? 0));
    for (const part of this.#parts) if (part !== undefined) yield bytesOf(part);
  }

  /**
   * Reads a table that another one has dumped.
   *
   * @param most The largest number that a path may have.
   * @throws {SyntaxError} if the bytes are no table.
   */
  static async read(reader: ArrayReader, most: number): Promise<PathTable> {
    const table = new PathTable(await reader.fill(new Uint32Array(4)));
    await reader.fill(table.#counts);
    const lengths = await reader.fill(new Uint32Array(1 << PART_BITS));
    for (const [index, length] of lengths.entries()) {
      if (length === 0) continue;
      const slots = length / SLOT - SPARE_SLOTS;
      if (!Number.isInteger(slots) || slots < FIRST_SLOTS || slots > LARGEST_PART) throw noTable();
      const part = await reader.fill(new Uint32Array(length));
      // A free last slot, where searches end.
      if (part[length - 1] !== 0) throw noTable();
      for (let slot = 0; slot < length; slot += SLOT) {
        if ((part[slot + 2] as number) > most) throw noTable();
      }
      table.#parts[index] = part;
    }
    return table;
  }

  /** Bytes of memory for the paths. */
  get byteLength(): number {
    return this.#parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0);
  }

  /**
   * The number of a path, or 0.
   *
   * @param end Where the path ends in the text.
   */
  get(path: string, end: number = path.length): number {
    this.#hash(path, end);
    const part = this.#parts[this.#low >>> (32 - PART_BITS)];
    if (part === undefined) return 0;
    const slot = findSlot(part, this.#high, this.#low);
    return isAt(part, slot, this.#high, this.#low) ? part[slot + 2] as number : 0;
  }

  /** Gives a path a number from 1 to 2³² - 1, and returns the one that it had, or 0. */
  set(path: string, value: number, end: number = path.length): number {
    return this.#put(path, value, end, true);
  }

  /** Gives a path a number unless it has one; returns that, or 0. */
  add(path: string, value: number, end: number = path.length): number {
    return this.#put(path, value, end, false);
  }

  #put(path: string, value: number, end: number, replace: boolean): number {
    this.#hash(path, end);
    const index = this.#low >>> (32 - PART_BITS);
    const part = this.#parts[index] ?? this.#grow(index, FIRST_SLOTS);
    const slot = findSlot(part, this.#high, this.#low);
    if (isAt(part, slot, this.#high, this.#low)) {
      const found = part[slot + 2] as number;
      if (replace) part[slot + 2] = value;
      return found;
    }
    insert(part, slot, this.#high, this.#low, value);
    const count = (this.#counts[index] as number) + 1;
    this.#counts[index] = count;
    const slots = slotsOf(part);
    // The last slot stays free, for searches to end there.
    if (count > slots * MOST_FILLED || part[part.length - 1] !== 0) {
      this.#grow(index, nextSlots(slots));
    }
    return 0;
  }

  /** Makes a part, or a larger copy of it. */
  #grow(index: number, slots: number): Uint32Array {
    const part = this.#parts[index];
    const grown = new Uint32Array((slots + SPARE_SLOTS) * SLOT);
    let next = 0;
    // In order, so that each entry goes after the previous one without a search.
    for (let old = 0; part !== undefined && old < part.length; old += SLOT) {
      if (part[old + 2] === 0) continue;
      const slot = Math.max(next, firstSlot(grown, part[old] as number));
      grown[slot] = part[old] as number;
      grown[slot + 1] = part[old + 1] as number;
      grown[slot + 2] = part[old + 2] as number;
      next = slot + SLOT;
    }
    // Practically never happens, since hashes are spread evenly; but no entry may get lost.
    if (next > grown.length - SLOT) return this.#grow(index, nextSlots(slots));
    this.#parts[index] = grown;
    return grown;
  }

  /** Computes two 32-bit hashes at once, similar to MurmurHash3, over the path's UTF-16 code units. */
  #hash(path: string, end: number): void {
    let high = (this.#keys[0] as number) | 0;
    let low = (this.#keys[1] as number) | 0;
    let known = this.#directory.length;
    // Most paths are in or below the directory of the previous one, whose hash is known.
    if (known > 0 && known <= end && path.startsWith(this.#directory)) {
      high = this.#directoryHigh;
      low = this.#directoryLow;
    } else known = 0;
    const highFactor = (this.#keys[2] as number) | 1;
    const lowFactor = (this.#keys[3] as number) | 1;
    const directoryEnd = path.lastIndexOf("/", end - 1) + 1;
    for (let index = known; index < end; index++) {
      if (index === directoryEnd && index > known) {
        this.#directory = path.slice(0, index);
        this.#directoryHigh = high;
        this.#directoryLow = low;
      }
      const unit = path.charCodeAt(index);
      high = Math.imul(high ^ unit, highFactor);
      high ^= high >>> 15;
      low = Math.imul(low ^ unit, lowFactor);
      low ^= low >>> 13;
    }
    this.#high = mix(high ^ end) >>> 0;
    this.#low = mix(low ^ Math.imul(high, 0x9e3779b1)) >>> 0;
  }
}

function noTable(): SyntaxError {
  return new SyntaxError("no table of paths");
}

function nextSlots(slots: number): number {
  return slots < SMALL_SLOTS ? slots * 2 : Math.ceil(slots * GROWTH);
}

/** Slots of a part without the spare ones. */
function slotsOf(part: Uint32Array): number {
  return part.length / SLOT - SPARE_SLOTS;
}

/** The slot at which the search for a hash begins. It is proportional to the hash, so that the order is the same in a larger part. */
function firstSlot(part: Uint32Array, high: number): number {
  return Math.floor(high / 2 ** 32 * slotsOf(part)) * SLOT;
}

/** The slot of a hash, or the one where it has to be inserted. */
function findSlot(part: Uint32Array, high: number, low: number): number {
  let slot = firstSlot(part, high);
  while (
    part[slot + 2] !== 0 &&
    ((part[slot] as number) < high || part[slot] === high && part[slot + 1] !== low)
  ) slot += SLOT;
  return slot;
}

/** Inserts a hash at a slot, and shifts those that follow it. */
function insert(part: Uint32Array, slot: number, high: number, low: number, value: number): void {
  for (let at = slot; value !== 0; at += SLOT) {
    const nextHigh = part[at] as number;
    const nextLow = part[at + 1] as number;
    const nextValue = part[at + 2] as number;
    part[at] = high;
    part[at + 1] = low;
    part[at + 2] = value;
    high = nextHigh;
    low = nextLow;
    value = nextValue;
  }
}

/** Whether a hash is in a slot. */
function isAt(part: Uint32Array, slot: number, high: number, low: number): boolean {
  return part[slot + 2] !== 0 && part[slot] === high && part[slot + 1] === low;
}

/** The last step of MurmurHash3, after which each input bit changes half of the output bits. */
function mix(number: number): number {
  let mixed = Math.imul(number ^ number >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return mixed ^ mixed >>> 16;
}
