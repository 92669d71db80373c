/** Waiting, which a signal can end. */

/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits.
 *
 * @param duration Milliseconds.
 * @throws the signal's reason, if it is aborted before the time is over.
 */
export function delay(duration: number, { signal }: DelayOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, duration);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
