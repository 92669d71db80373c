/** Makes sure that bytes are a tar archive while they pass by, and tells what is in it. */

import type { Bytes } from "../base/bytes.ts";
import type { TarEntryHeader } from "./entry.ts";
import { BLOCK_SIZE, isZeroBlock } from "./header.ts";
import { HeaderReader } from "./header_reader.ts";
import { TarError } from "./tar_error.ts";

/** Options of {@linkcode TarScanner}. */
export interface TarScannerOptions {
  /** Called with every entry once its headers are read, before its content. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
}

/**
 * Reads an archive that is pushed into it, in chunks of any size. Only headers are looked at; content is skipped without being
 * touched. Holds one block, and one extended header of at most 1 MiB.
 *
 * It accepts what GNU tar would list without an error, less what readers would see differently: so that nobody pushes half an
 * archive, or one that is another in each container engine.
 *
 * @example
 * ```ts
 * import { writeTar } from "./writer.ts";
 *
 * const folder = { type: "directory", size: 0, mode: 0o755, uid: 0, gid: 0, mtime: 0 } as const;
 * const archive = writeTar([{ path: "srv/", ...folder }]);
 * const paths: string[] = [];
 * const scanner = new TarScanner({ onEntry: ({ path }) => paths.push(path) });
 * for await (const chunk of archive) scanner.write(chunk);
 * scanner.end();
 * ```
 */
export class TarScanner {
  readonly #onEntry: ((entry: TarEntryHeader) => void) | undefined;
  readonly #headers = new HeaderReader();
  readonly #block = new Uint8Array(BLOCK_SIZE);
  /** Bytes of `#block` that are filled. */
  #filled = 0;
  /** Bytes of the archive that were read. */
  #position = 0;
  /** Bytes of content and padding that are to be skipped. */
  #skip = 0;
  #content: { readonly path: string; readonly start: number } | undefined;
  /** Where the end-of-archive marker is. */
  #end: number | undefined;
  #entryCount = 0;

  constructor({ onEntry }: TarScannerOptions = {}) {
    this.#onEntry = onEntry;
  }

  /** Entries so far. */
  get entryCount(): number {
    return this.#entryCount;
  }

  /**
   * Takes the next bytes; keeps nothing of the array.
   *
   * @throws {TarError} as soon as the bytes cannot be an archive any more.
   */
  write(chunk: Bytes): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#end !== undefined) return this.#checkPadding(chunk, offset);
      const available = chunk.length - offset;
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, available);
        this.#skip -= skipped;
        this.#position += skipped;
        offset += skipped;
      } else if (this.#filled === 0 && available >= BLOCK_SIZE) {
        this.#take(chunk.subarray(offset, offset + BLOCK_SIZE));
        offset += BLOCK_SIZE;
      } else {
        const copied = Math.min(BLOCK_SIZE - this.#filled, available);
        this.#block.set(chunk.subarray(offset, offset + copied), this.#filled);
        this.#filled += copied;
        offset += copied;
        if (this.#filled === BLOCK_SIZE) {
          this.#filled = 0;
          this.#take(this.#block);
        }
      }
    }
  }

  /**
   * Says that there are no more bytes.
   *
   * @throws {TarError} if the archive is empty or cut short.
   */
  end(): void {
    const position = this.#position + this.#filled;
    if (position === 0) throw new TarError("there is nothing, not even an end of archive,", 0);
    if (this.#skip > 0) {
      const { path, start } = this.#content ?? { path: "", start: 0 };
      throw new TarError(
        `it is cut short in the content of ${JSON.stringify(path)}, which starts at byte ${start},`,
        position,
      );
    }
    if (this.#filled > 0 || this.#position % BLOCK_SIZE !== 0) {
      throw new TarError(
        position < BLOCK_SIZE
          ? `it is cut short, or something else: a first header alone has ${BLOCK_SIZE} bytes, and this ends`
          : "it is cut short in the middle of a block",
        position,
      );
    }
    if (this.#headers.pending) {
      throw new TarError("it is cut short in the headers of an entry", position);
    }
    if (this.#entryCount === 0) throw new TarError("it ends without any entry", position);
    // GNU tar forgives this, but a tar that was killed between two files leaves just such an archive in the pipe.
    if (this.#end === undefined) {
      throw new TarError("it is cut short: there is no end-of-archive marker", position);
    }
  }

  #take(block: Uint8Array): void {
    if (!this.#headers.pending && isZeroBlock(block)) {
      this.#end = this.#position;
      this.#position += BLOCK_SIZE;
      return;
    }
    const entry = this.#headers.push(block, this.#position);
    this.#position += BLOCK_SIZE;
    if (entry === undefined) return;
    this.#entryCount++;
    this.#skip = this.#headers.remaining;
    if (this.#skip > 0) this.#content = { path: entry.path, start: this.#position };
    this.#onEntry?.(entry);
  }

  /** Behind the end only zeros may follow: tar fills up its last record with them. */
  #checkPadding(chunk: Bytes, offset: number): void {
    for (let index = offset; index < chunk.length; index++) {
      if (chunk[index] === 0) continue;
      throw new TarError(
        `there is more data behind the archive's end (which is at byte ${this.#end}),`,
        this.#position + index - offset,
      );
    }
    this.#position += chunk.length - offset;
  }
}
