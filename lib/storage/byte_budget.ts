/** Bytes of documents that may be held at once: each has its limit, and an index lists hundreds of them. */

/** Bytes of all manifests and configs of one verb. An index of ten platforms with attestations has some 300 KB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Counts what a verb has read, which it holds until its end. */
export class ByteBudget {
  readonly #most: number;
  #left: number;

  /** @param most Bytes. */
  constructor(most: number = MOST_BYTES) {
    this.#most = most;
    this.#left = most;
  }

  /** Forgets what was taken: it is held no longer. */
  reset(): void {
    this.#left = this.#most;
  }

  /**
   * Takes what has come of a document.
   *
   * @throws {RangeError} if it is too much.
   */
  take(bytes: number, what: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new RangeError(
      `Cannot read ${what}: all documents together are longer than ${this.#most} bytes`,
    );
  }
}
