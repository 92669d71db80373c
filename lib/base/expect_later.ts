/** Promises that are awaited later. */

/**
 * Marks a promise as one that is awaited later, or perhaps never: until then a failure does not count as unhandled. Whoever
 * awaits it still gets the failure.
 *
 * @returns the promise itself.
 */
export function expectLater<P extends PromiseLike<unknown>>(promise: P): P {
  promise.then(undefined, () => {});
  return promise;
}
