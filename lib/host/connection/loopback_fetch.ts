/** A `fetch` that finds plain http on ports of this machine without setting up TLS. */

import type { Fetch } from "../../base/fetch.ts";
import { once } from "../../base/once.ts";
import { isLoopbackHost } from "../../registry/auth/private_host.ts";
import { builtin } from "../builtin.ts";
import { runtimeApi } from "../runtime.ts";

/** Milliseconds that a port has to answer a hello, after which `fetch` decides. */
const PATIENCE = 250;

/**
 * A hello of TLS (RFC 8446, 4.1.2, in a record as of 5.1) without extensions. Its random bytes are line ends: so a server of plain http
 * takes it for a complete request and refuses it at once, while after a library's hello it may wait for the end of a line.
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
 * Refuses https to a port of this machine that answers a hello of TLS with http. Through TLS, this takes 24 ms on Deno, which reads all
 * certificates for it, 6 on Node and 3 on Bun.
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

/** The events of a connection, of which the first one decides. */
interface Events {
  readonly onOpen: (socket: OpenSocket) => void;
  readonly onAnswer: (chunk: Uint8Array) => void;
  readonly onEnd: () => void;
}

interface OpenSocket {
  write(bytes: Uint8Array): unknown;
}

/** Bun's own sockets, since loading `node:net` takes 6 ms and 7 MB there. */
interface BunSockets {
  connect(options: {
    readonly hostname: string;
    readonly port: number;
    readonly socket: {
      readonly open: (socket: OpenSocket) => void;
      readonly data: (socket: OpenSocket, chunk: Uint8Array) => void;
      readonly close: () => void;
      readonly error: () => void;
      readonly connectError: () => void;
    };
  }): Promise<{ terminate(): void }>;
}

/** Connects to a port; returns a function that ends the connection. */
function connect(
  host: string,
  port: number,
  { onOpen, onAnswer, onEnd }: Events,
): () => void {
  const bun = runtimeApi<BunSockets>("Bun");
  if (bun?.connect !== undefined) {
    const socket = {
      open: onOpen,
      data: (_: OpenSocket, chunk: Uint8Array): void => onAnswer(chunk),
      close: onEnd,
      error: onEnd,
      connectError: onEnd,
    };
    const connected = bun.connect({ hostname: host, port, socket });
    return () => void connected.then((open) => open.terminate(), () => {});
  }
  const socket = builtin("node:net").connect({ host, port });
  socket.on("connect", () => onOpen(socket));
  socket.on("data", onAnswer);
  for (const event of ["end", "error", "close"]) socket.on(event, onEnd);
  return () => void socket.destroy();
}

/** Whether a port answers a hello of TLS with a response of http. */
function speaksHttp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isHttp: boolean): void => {
      clearTimeout(timer);
      disconnect();
      resolve(isHttp);
    };
    // Without an answer, `fetch` decides.
    const wait = (): ReturnType<typeof setTimeout> => setTimeout(() => end(false), PATIENCE);
    let timer = wait();
    const disconnect = connect(host, port, {
      onOpen(socket): void {
        clearTimeout(timer);
        timer = wait();
        socket.write(Uint8Array.from(HELLO));
      },
      onAnswer: (chunk) => end(new TextDecoder().decode(chunk).startsWith("HTTP/")),
      onEnd: () => end(false),
    });
  });
}
