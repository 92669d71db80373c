/** Reads the entries of a layer one by one, each with its content. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { BLOCK_SIZE, isZeroBlock } from "../../tar/header.ts";
import { HeaderReader } from "../../tar/header_reader.ts";
import { SparseExpander } from "../../tar/sparse_expander.ts";
import { TarError } from "../../tar/tar_error.ts";
import type { SparseMap } from "../../tar/sparse.ts";

/** An entry, whose content can be read until the next entry is asked for. */
export interface LayerEntry {
  readonly header: TarEntryHeader;
  /** Bytes of the content, including the holes of a sparse file. */
  readonly size: number;
  content(): ByteStream;
}

/**
 * Reads an archive up to its end marker, as engines do. Contents that are not read are skipped.
 *
 * @throws {TarError} while reading, if it is no archive.
 */
export async function* layerEntries(source: ByteStream): AsyncGenerator<LayerEntry> {
  const reader = new BlockReader(source);
  const headers = new HeaderReader();
  try {
    while (true) {
      const position = reader.position;
      const block = await reader.block();
      if (block === undefined) {
        if (headers.pending) {
          throw new TarError("it is cut short in the headers of an entry", position);
        }
        return;
      }
      if (!headers.pending && isZeroBlock(block)) return;
      const header = headers.push(block, position);
      if (header === undefined) continue;
      const { remaining, sparse } = headers;
      const end = reader.position + remaining;
      yield {
        header,
        size: sparse?.realSize ?? header.size,
        content: () => content(reader, { end, size: header.size, sparse, remaining }),
      };
      await reader.skipTo(end);
    }
  } finally {
    await reader.end();
  }
}

async function* content(
  reader: BlockReader,
  { end, size, sparse, remaining }: {
    readonly end: number;
    readonly size: number;
    readonly sparse: SparseMap | undefined;
    readonly remaining: number;
  },
): ByteStream {
  if (sparse === undefined) return yield* reader.read(size, end);
  yield* expand(reader.read(remaining, end), sparse);
}

/** Expands a sparse file to its whole content, without the padding of the last block. */
async function* expand(stored: ByteStream, sparse: SparseMap): ByteStream {
  const expander = new SparseExpander(sparse);
  let left = sparse.realSize;
  const output: Bytes[] = [];
  function* whole(): Iterable<Bytes> {
    for (const chunk of output.splice(0)) {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }
  for await (const chunk of stored) {
    expander.push(chunk, output);
    yield* whole();
  }
  expander.end(output);
  yield* whole();
}

/** Reads blocks and byte ranges of a stream. */
class BlockReader {
  readonly #chunks: AsyncIterator<Bytes>;
  #chunk: Bytes = new Uint8Array(0);
  position = 0;

  constructor(source: ByteStream) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next block; undefined at the end. */
  async block(): Promise<Bytes | undefined> {
    if (this.#chunk.length >= BLOCK_SIZE) return this.#take(BLOCK_SIZE);
    const block = new Uint8Array(BLOCK_SIZE);
    let filled = 0;
    while (filled < BLOCK_SIZE) {
      if (!await this.#fill()) {
        if (filled === 0) return undefined;
        throw new TarError("it is cut short in the middle of a block", this.position);
      }
      const piece = this.#take(BLOCK_SIZE - filled);
      block.set(piece, filled);
      filled += piece.length;
    }
    return block;
  }

  /** Reads the next `count` bytes, but not past the position `end`. */
  async *read(count: number, end: number): ByteStream {
    for (let left = Math.min(count, end - this.position); left > 0;) {
      if (!await this.#fill()) throw new TarError("it is cut short in a content", this.position);
      const piece = this.#take(left);
      left -= piece.length;
      yield piece;
    }
  }

  async skipTo(end: number): Promise<void> {
    for await (const _chunk of this.read(Infinity, end));
  }

  async end(): Promise<void> {
    await this.#chunks.return?.();
  }

  #take(most: number): Bytes {
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.position += piece.length;
    return piece;
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#chunk = value;
    }
    return true;
  }
}
