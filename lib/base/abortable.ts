/** Stops waiting for a promise when a signal is aborted. */

import { onAbort } from "./on_abort.ts";

/**
 * Waits for a promise until a signal is aborted. The work behind the promise then goes on, and its failure is ignored.
 *
 * @throws what the promise is rejected with, or the signal's reason.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  let stopListening: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    else stopListening = onAbort(signal, fail);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stopListening();
  }
}
