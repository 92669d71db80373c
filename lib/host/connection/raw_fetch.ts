/** `fetch` that gives answers as they lie, whatever encoding they say to be in. */

import type { Fetch } from "../../base/fetch.ts";
import { encodingOf } from "../../registry/http/encoding.ts";
import { runtime } from "../runtime.ts";

/**
 * Keeps the runtime from undoing encodings: 2.4 KB of Brotli unpack to 3 GiB, which Bun holds at once. Deno leaves answers alone where a
 * request says what it accepts, as all of registries' do.
 *
 * @param native The runtime's own.
 * @param portable One that undoes none. It asks anew where the native one has begun to.
 */
export function createRawFetch(
  native: Fetch,
  portable: Fetch,
  on: string | undefined = runtime,
): Fetch {
  if (on === "bun") {
    return (url, init) => native(url, { ...init, decompress: false } as RequestInit);
  }
  if (on !== "node") return native;
  return async (url, init) => {
    const response = await native(url, init);
    if (encodingOf(response) === undefined || response.body === null) return response;
    await response.body.cancel().catch(() => {});
    if ((init.method ?? "GET") === "GET") return await portable(url, init);
    // What answers anything else tells at most why it was refused.
    const { status, statusText, headers } = response;
    return new Response(null, { status, statusText, headers });
  };
}
