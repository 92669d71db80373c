/** The type of `fetch` that can be injected. */

/**
 * The form of web `fetch` that this project calls: with a URL and its init. Hosts replace it for certificates and proxies, and tests by a
 * registry in memory.
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
