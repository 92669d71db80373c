/** Reads what one file of an archive has in it. */

import { type Bytes, concatBytes } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import { TarScanner } from "../../tar/scanner.ts";
import { imagePathParts } from "../files/image_path.ts";
import { LayerError } from "../layer_error.ts";

/** Bytes of a file that is read: those that are have a line for each user. */
const LONGEST_FILE = 1024 * 1024;

/** Takes an archive until the file was read. */
export class ContentReader {
  readonly #path: string;
  readonly #scanner: TarScanner;
  readonly #pieces: Bytes[] = [];
  /** Bytes that are still to come; undefined before the file. */
  #left: number | undefined;

  /** @param path Without a slash at either end. */
  constructor(path: string) {
    this.#path = path;
    this.#scanner = new TarScanner({
      onEntry: (entry) => this.#take(entry),
      onContent: (piece) => this.#keep(piece),
    });
  }

  /** What the file has in it, once all of that was read. */
  get content(): Bytes | undefined {
    return this.#left === 0 ? concatBytes(this.#pieces) : undefined;
  }

  /**
   * Takes the next bytes of the archive; keeps nothing of the array.
   *
   * @throws {TarError} as soon as the bytes cannot be an archive any more.
   * @throws {LayerError} if there is no such file in it that can be read.
   */
  write(chunk: Bytes): void {
    this.#scanner.write(chunk);
    if (this.#scanner.hasEnded && this.#left === undefined) throw this.#refuse("it is not there");
  }

  #take({ path, type, size }: TarEntryHeader): void {
    if (this.#left !== undefined || imagePathParts(path)?.join("/") !== this.#path) return;
    if (type !== "file") throw this.#refuse("it is no plain file");
    if (size > LONGEST_FILE) throw this.#refuse(`it is longer than ${LONGEST_FILE} bytes`);
    this.#left = size;
  }

  #keep(piece: Bytes): void {
    if (this.#left === undefined || this.#left === 0) return;
    // What is behind the content is padding.
    const own = piece.slice(0, this.#left);
    this.#pieces.push(own);
    this.#left -= own.length;
  }

  #refuse(reason: string): LayerError {
    return new LayerError(`Cannot read "/${this.#path}" of the base: ${reason}`);
  }
}
