/** The error for a tar archive that is not valid. */

/** The bytes are not a whole and valid tar archive. */
export class TarError extends Error {
  override readonly name = "TarError";
  /** What is wrong and where, as the end of a sentence. */
  readonly found: string;
  /** Bytes from the start of the archive to the fault. */
  readonly offset: number;
  readonly #reason: string;

  /**
   * @param found What was found there, as the end of the message.
   * @param offset Bytes from the start of the archive.
   */
  constructor(found: string, offset: number, options?: ErrorOptions) {
    super(`Cannot read the tar archive: ${found} at byte ${offset}`, options);
    this.found = `${found} at byte ${offset}`;
    this.offset = offset;
    this.#reason = found;
  }

  /** The same error with the name of the entry. */
  within(path: string): TarError {
    return new TarError(`the entry ${JSON.stringify(path)}: ${this.#reason}`, this.offset);
  }
}
