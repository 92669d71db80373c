/** Runs tasks side by side that succeed or fail together. */

import { onAbort } from "./on_abort.ts";

/** The group that the body of {@linkcode runTasks} gets. */
export interface TaskGroup {
  /** Aborted when any task fails, and with the signal given from outside. */
  readonly signal: AbortSignal;
  /** Starts a task at once. Its failure fails the whole group, whether or not the promise is awaited. */
  start<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * Runs a function that may start tasks beside itself. When it or any of them fails, the rest is aborted; nothing is still running
 * when the promise settles.
 *
 * @throws the first error, not those that follow from it; the signal's reason where the signal ended it.
 */
export async function runTasks<T>(
  signal: AbortSignal | undefined,
  body: (group: TaskGroup) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const running = new Set<Promise<unknown>>();
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    controller.abort(error);
  }
  function start<U>(task: () => Promise<U>): Promise<U> {
    // The microtask makes a task that throws before its first await fail like any other.
    const promise = Promise.resolve().then(task);
    const settled = promise.then(() => {}, fail).finally(() => running.delete(settled));
    running.add(settled);
    return promise;
  }
  const stopListening = onAbort(signal, () => fail(signal?.reason));
  try {
    const result = start(() => body({ signal: controller.signal, start }));
    while (running.size > 0) await Promise.all(running);
    if (failure !== undefined) throw failure.error;
    return await result;
  } finally {
    stopListening();
  }
}
