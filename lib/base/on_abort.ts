/** Calls functions when signals are aborted, with any number of listeners. */

/** The functions that wait for a signal. */
interface Waiting {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

/** Functions by signal. Each signal has one real listener, since Node 20 warns of more than ten on standard error. */
const signals = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls a function once when a signal is aborted; never if it is aborted already.
 *
 * @returns a function that ends the waiting.
 */
export function onAbort(signal: AbortSignal | undefined, call: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => {};
  const { calls, listener } = signals.get(signal) ?? startListening(signal);
  // A new function, so that one that is given twice is called twice.
  const own = (): void => call();
  calls.add(own);
  return () => {
    if (!calls.delete(own) || calls.size > 0) return;
    signals.delete(signal);
    signal.removeEventListener("abort", listener);
  };
}

function startListening(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const listener = (): void => {
    signals.delete(signal);
    // Deleting from a set while it is iterated is safe: a removed function is not called.
    for (const call of calls) call();
  };
  signal.addEventListener("abort", listener, { once: true });
  const waiting = { calls, listener };
  signals.set(signal, waiting);
  return waiting;
}
