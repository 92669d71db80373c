/** A network of made-up servers that records who was told what. */

import type { Fetch } from "../../lib/base/fetch.ts";

/** A request as a server saw it. */
export interface Recorded {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: BodyInit | null | undefined;
}

/** Answers the requests to one origin. */
export type Server = (request: Recorded) => Response | Promise<Response>;

/** A network. */
export interface Recorder {
  readonly fetch: Fetch;
  readonly seen: Recorded[];
  /** What was seen by an origin: `https://storage.test`. */
  at(origin: string): Recorded[];
}

/** Makes a network of servers by origin; nobody answers elsewhere. */
export function createRecorder(servers: Readonly<Record<string, Server>>): Recorder {
  const seen: Recorded[] = [];
  return {
    seen,
    at: (origin) => seen.filter(({ url }) => url.origin === origin),
    async fetch(address, init): Promise<Response> {
      const url = new URL(address);
      const headers = new Headers(init.headers);
      const request = { method: init.method ?? "GET", url, headers, body: init.body };
      seen.push(request);
      if (init.body instanceof ReadableStream) await new Response(init.body).arrayBuffer();
      const server = servers[url.origin];
      if (server === undefined) throw new TypeError("fetch failed");
      return await server(request);
    },
  };
}

/** A 401 that asks for a user and password. */
export function askForBasic(): Response {
  return new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } });
}

/** A 401 that asks for a token. */
export function askForBearer(realm: string): Response {
  const challenge = `Bearer realm="${realm}",service="s"`;
  return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
}

/** A redirect. */
export function redirectTo(location: string, status = 307): Response {
  return new Response(null, { status, headers: { location } });
}

/** A body that never ends, in chunks of 64 KiB; `sent` counts its bytes. */
export function endless(text: string): { readonly body: ReadableStream; sent: number } {
  const chunk = new TextEncoder().encode(text.repeat(Math.ceil(65_536 / text.length)));
  const result = {
    sent: 0,
    body: new ReadableStream({
      pull(controller): void {
        result.sent += chunk.length;
        controller.enqueue(chunk.slice());
      },
    }, { highWaterMark: 0 }),
  };
  return result;
}
