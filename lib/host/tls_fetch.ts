/** `fetch` with what web `fetch` has no options for: certificates of one's own, and proxies where the runtime ignores them. */

import type { Fetch } from "../base/fetch.ts";
import type { Environment } from "./auth_files.ts";
import type { TlsOptions } from "./tls_options.ts";

/** Options of {@linkcode createTlsFetch}. */
export interface TlsFetchOptions extends TlsOptions {
  /** Where proxies are found. */
  readonly env?: Environment | undefined;
}

/** Whether the runtime's own `fetch` will not do. */
export function needsTlsFetch(tls: TlsOptions | undefined, _env: Environment): boolean {
  return tls !== undefined;
}

/** Makes it. */
export function createTlsFetch(_options: TlsFetchOptions = {}): Fetch {
  return () => Promise.reject(new TypeError("not yet"));
}
