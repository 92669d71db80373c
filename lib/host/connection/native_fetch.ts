/** The `fetch` of Deno and Bun, without decoding the bodies of responses. */

import type { Fetch } from "../../base/fetch.ts";
import { runtime, runtimeApi } from "../runtime.ts";
import type { TlsOptions } from "./tls_options.ts";

interface DenoHttp {
  createHttpClient(options: { caCerts?: string[]; cert?: string; key?: string }): unknown;
}

/**
 * Makes a `fetch`; undefined if the runtime's own has no options for the certificates.
 *
 * @param tls The user's certificates.
 */
export function createNativeFetch(tls: TlsOptions | undefined): Fetch | undefined {
  if (runtime === "bun") return tls === undefined ? bunFetch : undefined;
  // Deno does not decode the response to a request with an Accept-Encoding, which all requests to registries have.
  return tls === undefined ? (url, init) => globalThis.fetch(url, init) : createDenoFetch(tls);
}

/** Without decoding, in which Bun would keep 3 GiB in memory for 2.4 KB of Brotli. */
function bunFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, { ...init, decompress: false } as RequestInit);
}

/**
 * Makes a `fetch` of Deno; undefined if any certificate is to be accepted, for which Deno has no option. It is better there than
 * `node:https`, which buffers unread responses without bound.
 */
function createDenoFetch({ ca, cert, key, insecure }: TlsOptions): Fetch | undefined {
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
