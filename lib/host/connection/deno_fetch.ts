/** Deno's own `fetch` with the user's certificates. */

import type { Fetch } from "../../base/fetch.ts";
import { runtimeApi } from "../runtime.ts";
import type { TlsOptions } from "./tls_options.ts";

interface DenoHttp {
  createHttpClient(options: { caCerts?: string[]; cert?: string; key?: string }): unknown;
}

/**
 * Makes a `fetch`; undefined on other runtimes, and if any certificate is to be accepted, for which Deno has no option. On Deno it is
 * better than `node:https`, which buffers unread responses without bound.
 */
export function createDenoFetch({ ca, cert, key, insecure }: TlsOptions): Fetch | undefined {
  const deno = runtimeApi<DenoHttp>("Deno");
  if (deno?.createHttpClient === undefined || insecure) return undefined;
  const client = createClient(deno as DenoHttp, { ca, cert, key });
  return (url, init) => globalThis.fetch(url, { ...init, client } as RequestInit);
}

function createClient(deno: DenoHttp, { ca, cert, key }: TlsOptions): unknown {
  try {
    return deno.createHttpClient({
      ...(ca === undefined ? {} : { caCerts: [...ca] }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    });
  } catch (cause) {
    throw new TypeError(`Cannot use these certificates: ${(cause as Error).message}`, { cause });
  }
}
