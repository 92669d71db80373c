/** A `fetch` over a socket or pipe of this machine, whatever the host of a URL is. */

import type { Fetch } from "../../base/fetch.ts";
import { runtime } from "../runtime.ts";
import { createTlsFetch } from "./tls_fetch.ts";

/**
 * Makes a `fetch` for a socket. Bun's own `fetch` supports sockets, and saves loading `node:http`, which takes a third of the time of a
 * small layer.
 *
 * @param path Path of a socket, or of a pipe on Windows.
 */
export function createSocketFetch(path: string): Fetch {
  return runtime === "bun" && path.startsWith("/")
    ? bunFetch(path)
    : createTlsFetch({ socketPath: path });
}

function bunFetch(unix: string): Fetch {
  const options = {
    unix,
    // Not kept open: an engine might close the connection just when the next request is sent.
    keepalive: false,
    decompress: false,
    // Engines may be silent for longer than Bun's five minutes.
    timeout: false,
  };
  return (url, init) => globalThis.fetch(url, { ...init, ...options } as RequestInit);
}
