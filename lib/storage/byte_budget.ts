/** A limit for all documents that are held at once: each has its own limit, but an index may list hundreds of them. */

/** The most bytes of all manifests and configs of one verb. Those of an index of ten platforms with attestations have some 300 KB. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Counts the bytes of the documents that a verb has read, which it holds until its end. */
export class ByteBudget {
  readonly #most: number;
  #left: number;

  /** @param most The most bytes of all documents. */
  constructor(most: number = MOST_BYTES) {
    this.#most = most;
    this.#left = most;
  }

  /** Starts counting from zero, since the documents so far are no longer held. */
  reset(): void {
    this.#left = this.#most;
  }

  /**
   * Counts bytes of a document that were received.
   *
   * @throws {RangeError} if all documents together have too many.
   */
  take(bytes: number, what: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new RangeError(
      `Cannot read ${what}: all documents together are longer than ${this.#most} bytes`,
    );
  }
}
