/** Holds very many texts in blocks of bytes. */

import { type ArrayReader, bytesOf } from "../../base/array_reader.ts";
import type { Bytes } from "../../base/bytes.ts";
import { decodeText, encodeText } from "../../tar/text.ts";

/** Bytes of a block, as a power of two; a longer text gets a block of its own. */
const BLOCK_BITS = 15;
const BLOCK_SIZE = 1 << BLOCK_BITS;

/** The most blocks of a dump, and bytes of a block: more than all paths of an image may take. */
const MOST_BLOCKS = 64 * 1024;
const LONGEST_BLOCK = 64 * 1024 * 1024;

/** Bytes of the length in front of a text. */
const LENGTH_SIZE = 4;

/** Texts by their addresses; that of the empty text is 0. */
export class TextBlocks {
  /** The first byte of the first block is unused, so that no text has address 0. */
  readonly #blocks: Bytes[] = [new Uint8Array(BLOCK_SIZE)];
  /** Free bytes of the last block. */
  #free = BLOCK_SIZE - 1;
  #size = 0;

  /** Bytes of all texts. */
  get size(): number {
    return this.#size;
  }

  /** Stores a text, and returns its address. */
  add(text: string): number {
    if (text === "") return 0;
    const bytes = encodeText(text);
    const size = LENGTH_SIZE + bytes.length;
    if (size > this.#free) {
      this.#free = Math.max(BLOCK_SIZE, size);
      this.#blocks.push(new Uint8Array(this.#free));
    }
    const block = this.#blocks.at(-1) as Bytes;
    const start = block.length - this.#free;
    new DataView(block.buffer).setUint32(start, bytes.length);
    block.set(bytes, start + LENGTH_SIZE);
    this.#free -= size;
    this.#size += bytes.length;
    return (this.#blocks.length - 1) * BLOCK_SIZE + start;
  }

  /** The text at an address. */
  get(at: number): string {
    if (at === 0) return "";
    const block = this.#blocks[at >>> BLOCK_BITS] as Bytes;
    const start = at % BLOCK_SIZE + LENGTH_SIZE;
    return decodeText(block, start, start + lengthAt(block, start));
  }

  /** Compares texts by their UTF-16 code units, without making strings or objects: there may be a million of them to sort. */
  compare(left: number, right: number): number {
    const leftBlock = this.#blocks[left >>> BLOCK_BITS] as Bytes;
    const rightBlock = this.#blocks[right >>> BLOCK_BITS] as Bytes;
    let at = left % BLOCK_SIZE + LENGTH_SIZE;
    let other = right % BLOCK_SIZE + LENGTH_SIZE;
    const end = at + lengthAt(leftBlock, at);
    const otherEnd = other + lengthAt(rightBlock, other);
    while (at < end && other < otherEnd && leftBlock[at] === rightBlock[other]) {
      at++;
      other++;
    }
    const byte = at < end ? leftBlock[at] as number : -1;
    const otherByte = other < otherEnd ? rightBlock[other] as number : -1;
    // Beyond ASCII, UTF-8 and UTF-16 sort differently.
    if (byte < 0x80 && otherByte < 0x80) return byte - otherByte;
    return this.get(left) < this.get(right) ? -1 : 1;
  }

  /** Whether an address can be that of a text. */
  isText(at: number): boolean {
    if (at === 0) return true;
    const block = this.#blocks[at >>> BLOCK_BITS];
    const start = at % BLOCK_SIZE + LENGTH_SIZE;
    return block !== undefined && start <= block.length &&
      start + lengthAt(block, start) <= block.length;
  }

  /** The texts in binary, for {@linkcode TextBlocks.read}. */
  *dump(): Iterable<Bytes> {
    yield bytesOf(Uint32Array.of(this.#blocks.length, this.#free, this.#size));
    yield bytesOf(Uint32Array.from(this.#blocks, ({ length }) => length));
    yield* this.#blocks;
  }

  /**
   * Reads what another one has dumped.
   *
   * @throws {SyntaxError} if the bytes are no such dump.
   */
  static async read(reader: ArrayReader): Promise<TextBlocks> {
    const [count = 0, free = 0, size = 0] = await reader.fill(new Uint32Array(3));
    if (count < 1 || count > MOST_BLOCKS) throw noTexts();
    const lengths = await reader.fill(new Uint32Array(count));
    const isTooLong = lengths.some((length) => length > LONGEST_BLOCK);
    if (isTooLong || free > (lengths.at(-1) ?? 0)) throw noTexts();
    const texts = new TextBlocks();
    texts.#blocks.pop();
    for (const length of lengths) texts.#blocks.push(await reader.fill(new Uint8Array(length)));
    texts.#free = free;
    texts.#size = size;
    return texts;
  }
}

function lengthAt(block: Bytes, start: number): number {
  return (block[start - 4] as number) << 24 | (block[start - 3] as number) << 16 |
    (block[start - 2] as number) << 8 | (block[start - 1] as number);
}

function noTexts(): SyntaxError {
  return new SyntaxError("no texts");
}
