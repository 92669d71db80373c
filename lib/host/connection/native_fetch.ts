/** The `fetch` of Deno and Bun. Answers come as they lie, whatever encoding they say to be in. */

import type { Fetch } from "../../base/fetch.ts";
import { runtime, runtimeApi } from "../runtime.ts";
import type { TlsOptions } from "./tls_options.ts";

interface DenoHttp {
  createHttpClient(options: { caCerts?: string[]; cert?: string; key?: string }): unknown;
}

/**
 * Makes it; undefined if the runtime's `fetch` has no options for such certificates.
 *
 * @param tls The user's certificates.
 */
export function createNativeFetch(tls: TlsOptions | undefined): Fetch | undefined {
  if (runtime === "bun") return tls === undefined ? bunFetch : undefined;
  // Deno leaves answers alone where a request says what it accepts, as all of registries' do.
  return tls === undefined ? (url, init) => globalThis.fetch(url, init) : createDenoFetch(tls);
}

/** Keeps Bun from undoing encodings: 2.4 KB of Brotli unpack to 3 GiB, which it holds at once. */
function bunFetch(url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, { ...init, decompress: false } as RequestInit);
}

/**
 * Undefined where any certificate is to be accepted, for which Deno has no option. Preferred to `node:https` there, whose responses Deno
 * buffers without bound while they are not read.
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
