/** A `fetch` whose failures name the proxy. */

import type { Fetch } from "../../base/fetch.ts";
import { errorCode } from "../system_error.ts";

/** Adds the proxy's address to the message of a failure, which would otherwise name the server alone. */
export function createProxiedFetch(fetch: Fetch, proxyOf: (url: URL) => URL | undefined): Fetch {
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      const proxy = init.signal?.aborted ? undefined : proxyOf(new URL(url));
      const reason = innermost(error);
      if (proxy === undefined || reason === undefined || /\bproxy\b/i.test(reason.message)) {
        throw error;
      }
      const code = errorCode(reason);
      const told = reason.message || code || reason.name;
      const named = new TypeError(`through the proxy ${proxy.host}: ${told}`);
      throw code === undefined ? named : Object.assign(named, { code });
    }
  };
}

function innermost(error: unknown): Error | undefined {
  let found: Error | undefined;
  for (let cause = error; cause instanceof Error && cause !== found;) {
    found = cause;
    cause = cause.cause ?? (cause instanceof AggregateError ? cause.errors[0] : undefined);
  }
  return found;
}
