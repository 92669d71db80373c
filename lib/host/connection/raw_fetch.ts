/** A `fetch` that does not decode encoded answers. */

import type { Fetch } from "../../base/fetch.ts";
import { encodingOf } from "../../registry/http/encoding.ts";
import { runtime } from "../runtime.ts";

/**
 * Keeps the runtime from decoding answers: 2.4 KB of Brotli decode to 3 GiB, which Bun holds at once. Deno does not decode if a request has
 * `Accept-Encoding`, as all requests to registries do.
 *
 * @param native The runtime's own `fetch`.
 * @param portable A `fetch` that does not decode. It sends the request again if the native one has decoded the answer.
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
    // The body of any other answer is only an error's text.
    const { status, statusText, headers } = response;
    return new Response(null, { status, statusText, headers });
  };
}
