/** Runs tasks concurrently that succeed or fail together. */

import { onAbort } from "./on_abort.ts";

/** The group that the body of {@linkcode runTasks} gets. */
export interface TaskGroup {
  /** Aborted when any task fails, and with the signal given from outside. */
  readonly signal: AbortSignal;
  /** Starts a task at once. Its failure fails the whole group, whether or not the promise is awaited. */
  start<T>(task: () => Promise<T>): Promise<T>;
}

/**
 * Runs a function that may start further tasks. If it or any of them fails, the others are aborted. When the promise settles, no task is
 * running any more.
 *
 * @throws the first error, or the signal's reason.
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
    // In a microtask, so that a task that throws synchronously rejects too.
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
