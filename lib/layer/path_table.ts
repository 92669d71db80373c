/** Remembers very many paths in little memory. */

/** Slots of a part when it is made. */
const FIRST_SLOTS = 64;

/** How full a part may be: less memory, at the price of more steps for each look-up. */
const MOST_FILLED = 0.9;

/** Parts are made larger by this, one at a time, so that they are at least three quarters full: 16 bytes a path and no more. */
const GROWTH = 1.2;

/** Parts of the table, each on its own. */
const PART_BITS = 6;

/** Numbers in a slot: two of the hash, and the value, which is 0 where the slot is free. */
const SLOT = 3;

/**
 * A number for each of many paths. Of a path only a hash of 64 bits is kept, by keys that are new for each table: among a million paths
 * two look the same once in 37 million archives, and in no archive twice.
 */
export class PathTable {
  readonly #keys: Uint32Array = crypto.getRandomValues(new Uint32Array(4));
  readonly #parts: (Uint32Array | undefined)[] = new Array(1 << PART_BITS);
  readonly #counts: Uint32Array = new Uint32Array(1 << PART_BITS);
  #high = 0;
  #low = 0;
  /** The directory of the last path, with a slash at its end, and its hash. */
  #directory = "";
  #directoryHigh = 0;
  #directoryLow = 0;

  /** Bytes of memory that the paths take. */
  get byteLength(): number {
    return this.#parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0);
  }

  /**
   * The number of a path, or 0.
   *
   * @param end Only the front of the path counts, up to here.
   */
  get(path: string, end: number = path.length): number {
    this.#hash(path, end);
    const part = this.#parts[this.#low >>> (32 - PART_BITS)];
    return part === undefined ? 0 : part[findSlot(part, this.#high, this.#low) + 2] as number;
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
    let part = this.#parts[index];
    const count = this.#counts[index] ?? 0;
    if (part === undefined || count >= (part.length / SLOT - 1) * MOST_FILLED) {
      part = this.#grow(part);
      this.#parts[index] = part;
    }
    const slot = findSlot(part, this.#high, this.#low);
    const found = part[slot + 2] ?? 0;
    if (found === 0) {
      part[slot] = this.#high;
      part[slot + 1] = this.#low;
      this.#counts[index] = count + 1;
    }
    if (found === 0 || replace) part[slot + 2] = value;
    return found;
  }

  #grow(part: Uint32Array | undefined): Uint32Array {
    if (part === undefined) return new Uint32Array(FIRST_SLOTS * SLOT);
    const grown = new Uint32Array(Math.ceil(part.length / SLOT * GROWTH) * SLOT);
    for (let old = 0; old < part.length; old += SLOT) {
      const value = part[old + 2] as number;
      if (value === 0) continue;
      const high = part[old] as number;
      const low = part[old + 1] as number;
      const slot = findSlot(grown, high, low);
      grown[slot] = high;
      grown[slot + 1] = low;
      grown[slot + 2] = value;
    }
    return grown;
  }

  /** Two hashes of 32 bits at once, each after the manner of MurmurHash3, over the path's UTF-16 code units. */
  #hash(path: string, end: number): void {
    let high = this.#keys[0] as number;
    let low = this.#keys[1] as number;
    let index = 0;
    const isWhole = end === path.length;
    // Most paths are in the directory of the one before, whose hash need not be made again.
    if (isWhole && this.#directory !== "" && path.startsWith(this.#directory)) {
      index = this.#directory.length;
      high = this.#directoryHigh;
      low = this.#directoryLow;
    }
    const highFactor = (this.#keys[2] as number) | 1;
    const lowFactor = (this.#keys[3] as number) | 1;
    const directoryEnd = isWhole ? path.lastIndexOf("/") + 1 : 0;
    for (; index < end; index++) {
      if (index === directoryEnd && index > 0) {
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

/** Where a hash is in a part, or would be. */
function findSlot(part: Uint32Array, high: number, low: number): number {
  const { length } = part;
  // By the upper bits, so that a larger part has them in the same order.
  let slot = Math.floor(high / 2 ** 32 * (length / SLOT)) * SLOT;
  while (part[slot + 2] !== 0 && (part[slot] !== high || part[slot + 1] !== low)) {
    slot += SLOT;
    if (slot === length) slot = 0;
  }
  return slot;
}

/** The last step of MurmurHash3: each bit of the number changes half of the result. */
function mix(number: number): number {
  let mixed = Math.imul(number ^ number >>> 16, 0x85ebca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2ae35);
  return mixed ^ mixed >>> 16;
}
