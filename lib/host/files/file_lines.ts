/** A binary format for the hashes of files, which is ten times as fast as JSON. */

import { type Bytes, type ByteStream, concatBytes } from "../../base/bytes.ts";
import { decodeText, encodeText } from "../../tar/text.ts";
import type { FileStamp } from "./file_status.ts";

/** A hashed file: its path, its stamp, the time at which it was read, and the SHA-256 in base64. */
export type FileLine = readonly [path: string, stamp: FileStamp, time: number, hash: string];

/** Bytes before a line's texts: their sizes, and the numbers. */
const HEAD = 2 * 4 + 5 * 8;

/** The most bytes of a path or a hash; a longer one is left out. */
const LONGEST = 16 * 1024;

/** The most bytes that are read for a line: more than the largest line and a chunk. */
const LONGEST_LINE = 1024 * 1024;

/** Bytes that are written at a time. */
const CHUNK = 64 * 1024;

/** Encodes lines. */
export class FileLineWriter {
  #bytes: Bytes = new Uint8Array(2 * CHUNK);
  #size = 0;

  /** Adds a line; returns the encoded bytes when there are enough for a chunk. */
  add([path, [size, mtime, ctime, inode], time, hash]: FileLine): Bytes | undefined {
    const texts = [encodeText(path), encodeText(hash)] as const;
    const needed = HEAD + texts[0].length + texts[1].length;
    if (texts.some(({ length }) => length > LONGEST)) return undefined;
    const view = new DataView(this.#bytes.buffer, this.#size);
    view.setUint32(0, texts[0].length);
    view.setUint32(4, texts[1].length);
    [size, mtime, ctime, inode, time].forEach((value, index) =>
      view.setFloat64(8 + 8 * index, value)
    );
    this.#bytes.set(texts[0], this.#size + HEAD);
    this.#bytes.set(texts[1], this.#size + HEAD + texts[0].length);
    this.#size += needed;
    return this.#size < CHUNK ? undefined : this.end();
  }

  /** The last bytes. */
  end(): Bytes {
    const bytes = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    return bytes;
  }
}

/** Reads lines one by one, without a promise if they were read already, as nearly always. */
export class FileLineReader {
  readonly #chunks: AsyncIterator<Bytes>;
  #bytes: Bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(bytes: ByteStream) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /**
   * The next line; undefined after the last one, and if the data is damaged.
   *
   * @throws what the stream throws.
   */
  next(): FileLine | undefined | Promise<FileLine | undefined> {
    return this.#take() ?? this.#readOn();
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #readOn(): Promise<FileLine | undefined> {
    for (let read = await this.#chunks.next(); !read.done; read = await this.#chunks.next()) {
      this.#bytes = concatBytes([this.#bytes.slice(this.#at), read.value]);
      this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
      this.#at = 0;
      const line = this.#take();
      if (line !== undefined) return line;
      if (this.#bytes.length > LONGEST_LINE) break;
    }
    return undefined;
  }

  #take(): FileLine | undefined {
    const [view, bytes, at] = [this.#view, this.#bytes, this.#at];
    if (at + HEAD > bytes.length) return undefined;
    const path = at + HEAD;
    const hash = path + view.getUint32(at);
    const end = hash + view.getUint32(at + 4);
    if (end > bytes.length) return undefined;
    const number = (index: number): number => view.getFloat64(at + 8 + 8 * index);
    this.#at = end;
    return [
      decodeText(bytes, path, hash),
      [number(0), number(1), number(2), number(3)],
      number(4),
      decodeText(bytes, hash, end),
    ];
  }
}
