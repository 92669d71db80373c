/** Reads the content of one file out of an archive. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { TarScanner } from "../../tar/scanner.ts";
import { LayerError } from "../layer_error.ts";
import { imagePathOf } from "../files/image_path.ts";

/** The largest file that is read, bytes: `/etc/passwd` and the like have a line for each user. */
const LONGEST_FILE = 1024 * 1024;

/** Takes an archive, chunk by chunk, until the file was read. */
export class ContentReader {
  readonly #path: string;
  readonly #scanner: TarScanner;
  readonly #pieces: Bytes[] = [];
  /** Bytes of the content that are still to come; undefined before the file. */
  #left: number | undefined;

  /** @param path Without a slash at either end. */
  constructor(path: string) {
    this.#path = path;
    this.#scanner = new TarScanner({
      onEntry: (entry) => this.#take(entry),
      onContent: (piece) => this.#keep(piece),
    });
  }

  /** The content, once all of it was read. */
  get content(): Bytes | undefined {
    return this.#left === 0 ? concatBytes(this.#pieces) : undefined;
  }

  /**
   * Takes the next bytes of the archive, and copies what it keeps.
   *
   * @throws {TarError} if the bytes are not those of an archive.
   * @throws {LayerError} if the file is missing, not plain or too large.
   */
  write(chunk: Bytes): void {
    this.#scanner.write(chunk);
    if (this.#scanner.hasEnded && this.#left === undefined) throw this.#refuse("it is not there");
  }

  #take({ path, type, size }: TarEntryHeader): void {
    if (this.#left !== undefined || imagePathOf(path) !== this.#path) return;
    if (type !== "file") throw this.#refuse("it is no plain file");
    if (size > LONGEST_FILE) throw this.#refuse(`it is longer than ${LONGEST_FILE} bytes`);
    this.#left = size;
  }

  #keep(piece: Bytes): void {
    if (this.#left === undefined || this.#left === 0) return;
    // The bytes after the content are padding.
    const own = piece.slice(0, this.#left);
    this.#pieces.push(own);
    this.#left -= own.length;
  }

  #refuse(reason: string): LayerError {
    return new LayerError(`Cannot read "/${this.#path}" of the base: ${reason}`);
  }
}
