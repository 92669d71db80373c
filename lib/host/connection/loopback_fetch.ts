/** `fetch` that does not set up TLS for ports of this machine which speak plain http. */

import type { Fetch } from "../../base/fetch.ts";
import { once } from "../../base/once.ts";
import { isLoopbackHost } from "../../registry/auth/private_host.ts";
import { builtin } from "../builtin.ts";

/** Milliseconds that a port has to answer a hello, after which it is left to `fetch`. */
const PATIENCE = 250;

/**
 * A hello of TLS (RFC 8446, 4.1.2, in a record as of 5.1) without extensions. Its random is made of line ends: to servers of plain http
 * it is the whole head of a request, which they refuse at once, where the hello of a library may leave them waiting for the end of a line.
 */
const HELLO = [
  ...[0x16, 3, 1, 0, 49],
  ...[1, 0, 0, 45],
  ...[3, 3],
  ...Array.from({ length: 16 }, () => [0x0d, 0x0a]).flat(),
  // No session; two suites of ECDHE and one of RSA; no compression.
  ...[0, 0, 6, 0xc0, 0x2f, 0xc0, 0x30, 0, 0x2f, 1, 0],
];

/**
 * Refuses https of a port of this machine that answers a hello of TLS as only http does. To learn that from Deno's TLS takes 24 ms, in
 * which it reads certificates that nothing is done with, and from Node's 6.
 */
export function createLoopbackFetch(fetch: Fetch): Fetch {
  const known = new Map<string, Promise<boolean>>();
  return async (url, init) => {
    const { protocol, hostname, port, host } = new URL(url);
    if (protocol === "https:" && isLoopbackHost(hostname)) {
      const ask = (): Promise<boolean> =>
        speaksHttp(hostname.replace(/^\[|\]$/g, ""), Number(port || 443));
      if (await once(known, host, ask)) throw new TypeError(`${host} answers with plain http`);
    }
    return await fetch(url, init);
  };
}

/** Whether a port answers a hello of TLS with a response of http. */
function speaksHttp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = builtin("node:net").connect({ host, port, timeout: PATIENCE });
    const end = (isHttp: boolean): void => {
      socket.destroy();
      resolve(isHttp);
    };
    socket.on("connect", () => socket.write(Uint8Array.from(HELLO)));
    socket.on(
      "data",
      (chunk: Uint8Array) => end(new TextDecoder().decode(chunk).startsWith("HTTP/")),
    );
    // What all of these mean is found out by `fetch`.
    for (const event of ["end", "error", "timeout", "close"]) socket.on(event, () => end(false));
  });
}
