/** `fetch` that ends in a socket or pipe of this machine, whatever host a URL names. */

import type { Fetch } from "../../base/fetch.ts";
import { runtime } from "../runtime.ts";
import { createTlsFetch } from "./tls_fetch.ts";

/**
 * Makes a `fetch` for a socket. Bun's own knows sockets, and has its answer before `node:http` is loaded, which takes a third of the time
 * that a small layer takes in all.
 *
 * @param path Of a socket, or of a pipe of Windows.
 */
export function createSocketFetch(path: string): Fetch {
  return runtime === "bun" && path.startsWith("/")
    ? bunFetch(path)
    : createTlsFetch({ socketPath: path });
}

function bunFetch(unix: string): Fetch {
  const options = {
    unix,
    // Kept open, a connection would be closed by an engine just when the next request is sent.
    keepalive: false,
    decompress: false,
    // Engines may be silent for longer than its five minutes.
    timeout: false,
  };
  return (url, init) => globalThis.fetch(url, { ...init, ...options } as RequestInit);
}
