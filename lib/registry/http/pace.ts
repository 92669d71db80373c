/** How fast a blob comes: one that comes too slowly counts as silent. */

/** Bytes in a millisecond: 1 KiB/s. */
const SLOWEST = 1.024;

/** Options of {@linkcode Pace}. */
export interface PaceOptions {
  /** Milliseconds of waiting after which the bytes are counted. */
  readonly timeout: number;
  readonly now: () => number;
}

/**
 * Measures one blob over all attempts to read it. Only the time that the other side is waited for counts, not that of a reader who is
 * slow.
 */
export class Pace {
  readonly #options: PaceOptions;
  #since = 0;
  #waited = 0;
  #bytes = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Whether what came since the last count was enough for the time that it took. */
  get isFast(): boolean {
    return this.#bytes > 0 && this.#bytes >= this.#waited * SLOWEST;
  }

  /** Says that the other side is waited for. */
  wait(): void {
    this.#since = this.#options.now();
  }

  /**
   * Says that something has come, or the end.
   *
   * @throws {Error} if too little came for too long.
   */
  take(bytes: number): void {
    const { timeout } = this.#options;
    this.lose();
    this.#bytes += bytes;
    if (this.#waited < timeout) return;
    const { isFast } = this;
    this.reset();
    if (!isFast) throw new Error(`less than 1 KiB a second came for ${timeout / 1_000} seconds`);
  }

  /** Says that nothing came of waiting. */
  lose(): void {
    const now = this.#options.now();
    this.#waited += now - this.#since;
    this.#since = now;
  }

  /** Counts anew. */
  reset(): void {
    this.#waited = 0;
    this.#bytes = 0;
  }
}
