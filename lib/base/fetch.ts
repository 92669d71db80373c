/** The type of `fetch` that can be injected. */

/**
 * The call of web `fetch` that this project uses: a URL and its init, nothing else. Injected by hosts (certificates,
 * proxies) and by tests (a registry in memory).
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
