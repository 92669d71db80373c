/** Measures how fast a blob is received: one that is too slow has failed. */

/** Bytes per millisecond: 1 KiB/s. */
const SLOWEST = 1.024;

/** Options of {@linkcode Pace}. */
export interface PaceOptions {
  /** Milliseconds of waiting after which the speed is checked. */
  readonly timeout: number;
  readonly now: () => number;
}

/**
 * Measures one blob over all attempts to read it. Only the time of waiting for the server counts, not that of a slow reader.
 */
export class Pace {
  readonly #options: PaceOptions;
  #since = 0;
  #waited = 0;
  #bytes = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Whether the blob was fast enough since the last check. */
  get isFast(): boolean {
    return this.#bytes > 0 && this.#bytes >= this.#waited * SLOWEST;
  }

  /** Starts to wait for the server. */
  startWaiting(): void {
    this.#since = this.#options.now();
  }

  /**
   * Counts bytes that were received; 0 at the end.
   *
   * @throws {Error} if the blob is too slow.
   */
  add(bytes: number): void {
    const { timeout } = this.#options;
    this.stopWaiting();
    this.#bytes += bytes;
    if (this.#waited < timeout) return;
    const { isFast } = this;
    this.reset();
    if (!isFast) throw new Error(`less than 1 KiB a second came for ${timeout / 1_000} seconds`);
  }

  /** Stops waiting for the server. */
  stopWaiting(): void {
    const now = this.#options.now();
    this.#waited += now - this.#since;
    this.#since = now;
  }

  /** Starts a new measurement. */
  reset(): void {
    this.#waited = 0;
    this.#bytes = 0;
  }
}
