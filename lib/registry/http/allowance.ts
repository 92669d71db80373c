/** Limits the total time for one small document. */

/**
 * Milliseconds that are left for a document: a server that sends a byte a second never falls silent. Attempts and the waits between them
 * count; waits that the host asks for, and those for other requests, do not.
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

  /** Subtracts milliseconds. */
  spend(duration: number): void {
    this.#left -= duration;
  }

  /** The reason to give when it is spent. */
  describe(): string {
    return `it took more than ${this.#total / 1_000} seconds in all`;
  }
}
