/** Counts the requests of each host that wait for an answer, or for their next attempt. */

/** Told how many requests of a host wait now. */
export type OnWait = (host: string, requests: number) => void;

/** The waiting requests of all hosts. */
export class Waits {
  readonly #onWait: OnWait | undefined;
  readonly #requests = new Map<string, number>();

  /** @param onWait Told of each change. */
  constructor(onWait: OnWait | undefined) {
    this.#onWait = onWait;
  }

  /** Counts a request that begins or stops to wait. */
  count(host: string, isWaiting: boolean): void {
    const requests = (this.#requests.get(host) ?? 0) + (isWaiting ? 1 : -1);
    this.#requests.set(host, requests);
    this.#onWait?.(host, requests);
  }

  /** Counts a waiting request until a promise is settled. */
  async during<T>(host: string, work: Promise<T>): Promise<T> {
    this.count(host, true);
    try {
      return await work;
    } finally {
      this.count(host, false);
    }
  }
}
