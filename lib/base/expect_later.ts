/** Promises that are awaited later. */

/**
 * Marks a promise as one that is awaited later, or perhaps never, so that its failure does not count as unhandled. Awaiting it still throws.
 *
 * @returns the promise itself.
 */
export function expectLater<P extends PromiseLike<unknown>>(promise: P): P {
  promise.then(undefined, () => {});
  return promise;
}
