/** A channel without a buffer, from code that pushes to code that pulls. */

/** The two ends of a channel; iterate it once. */
export interface Channel<T> extends AsyncIterable<T> {
  /**
   * Sends a value. Settles when the reader asks for the next one, so that the value's memory may be used again.
   *
   * @throws the error that the channel was closed with, or another one if it is closed or its reader has ended.
   */
  send(value: T): Promise<void>;
  /** Ends the reader's loop after the values sent before, with an error if one is given. */
  close(error?: unknown): void;
}

interface Offer<T> {
  readonly value: T;
  readonly accept: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Makes a rendezvous channel. Several senders may wait; values arrive in the order of the calls. */
export function createChannel<T>(): Channel<T> {
  const offers: Offer<T>[] = [];
  let taken: Offer<T> | undefined;
  let waiting: {
    resolve: (result: IteratorResult<T>) => void;
    reject: (error: unknown) => void;
  }[] = [];
  let closed: { readonly failed: boolean; readonly error: unknown } | undefined;
  let readerGone = false;

  function take(offer: Offer<T>): IteratorResult<T> {
    taken = offer;
    return { done: false, value: offer.value };
  }

  const iterator: AsyncIterator<T> = {
    next(): Promise<IteratorResult<T>> {
      taken?.accept();
      taken = undefined;
      const offer = offers.shift();
      if (offer !== undefined) return Promise.resolve(take(offer));
      if (closed?.failed) {
        const { error } = closed;
        // By the iteration protocol, an iterator that has failed is over.
        closed = { failed: false, error: undefined };
        return Promise.reject(error);
      }
      if (closed !== undefined) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return(): Promise<IteratorResult<T>> {
      readerGone = true;
      closed ??= { failed: false, error: undefined };
      const gone = new Error("Cannot send: the reader is gone");
      for (const offer of [taken, ...offers.splice(0)]) offer?.refuse(gone);
      taken = undefined;
      for (const { resolve } of waiting) resolve({ done: true, value: undefined });
      waiting = [];
      return Promise.resolve({ done: true, value: undefined });
    },
  };

  return {
    send(value): Promise<void> {
      if (closed !== undefined) {
        const reason = readerGone ? "the reader is gone" : "the channel is closed";
        return Promise.reject(closed.failed ? closed.error : new Error(`Cannot send: ${reason}`));
      }
      return new Promise((accept, refuse) => {
        const offer = { value, accept, refuse };
        const reader = waiting.shift();
        if (reader === undefined) offers.push(offer);
        else reader.resolve(take(offer));
      });
    },
    close(error): void {
      if (closed !== undefined) return;
      closed = { failed: error !== undefined, error };
      const [first, ...others] = waiting;
      waiting = [];
      if (closed.failed) {
        if (first !== undefined) closed = { failed: false, error: undefined };
        first?.reject(error);
      } else first?.resolve({ done: true, value: undefined });
      for (const { resolve } of others) resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}
