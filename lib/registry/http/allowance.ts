/** The time that one small document may take in all. */

/**
 * Milliseconds that are left for a document. Silence alone is no bound: a server that sends a byte a second is never silent. Attempts and
 * the waits between them count; waiting because the host asks for it, or for one's turn, does not.
 */
export class Allowance {
  readonly #total: number;
  #left: number;

  /** @param total Milliseconds. */
  constructor(total: number) {
    this.#total = total;
    this.#left = total;
  }

  /** Milliseconds. */
  get left(): number {
    return this.#left;
  }

  /** Whether nothing is left. */
  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Takes milliseconds off. */
  spend(duration: number): void {
    this.#left -= duration;
  }

  /** What to say when it is spent. */
  describe(): string {
    return `it took more than ${this.#total / 1_000} seconds in all`;
  }
}
