/** Counts the requests for which each host is waited for. */

/** Told for how many requests a host is waited for just now. */
export type OnWait = (host: string, requests: number) => void;

/** The requests of all hosts that wait. */
export class Waits {
  readonly #onWait: OnWait | undefined;
  readonly #requests = new Map<string, number>();

  /** @param onWait Told of each change. */
  constructor(onWait: OnWait | undefined) {
    this.#onWait = onWait;
  }

  /** Counts one that begins to wait, or no longer does. */
  count(host: string, isWaiting: boolean): void {
    const requests = (this.#requests.get(host) ?? 0) + (isWaiting ? 1 : -1);
    this.#requests.set(host, requests);
    this.#onWait?.(host, requests);
  }

  /** Counts one for as long as something takes. */
  async during<T>(host: string, work: Promise<T>): Promise<T> {
    this.count(host, true);
    try {
      return await work;
    } finally {
      this.count(host, false);
    }
  }
}
