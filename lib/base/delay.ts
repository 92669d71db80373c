/** Delays that a signal can end. */

import { onAbort } from "./on_abort.ts";

/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait at once; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The longest delay of a timer in milliseconds; a longer one fires at once (HTML standard, timers: a signed 32-bit integer). */
const LONGEST = 2 ** 31 - 1;

/**
 * Waits for a time.
 *
 * @param duration Milliseconds, at most those of a timer, some 24 days.
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
      stopListening();
      resolve();
    }, Math.min(duration, LONGEST));
    const stopListening = onAbort(signal, abort);
  });
}
