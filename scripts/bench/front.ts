/** A TCP proxy in front of a registry, which records traffic for benchmarks. */

import { connect, createServer, type Socket } from "node:net";
import type { Server } from "./servers.ts";

/** The first byte of a TLS record that begins a handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;

const REQUEST = /^(?:DELETE|GET|HEAD|PATCH|POST|PUT) \S+/;

/** The traffic between a program and a registry; times are those of {@linkcode now}. */
export interface Traffic {
  readonly connected: number[];
  /** The times of TLS handshakes, which this registry refuses. */
  readonly handshakes: number[];
  readonly requests: { readonly line: string; readonly start: number; end: number }[];
}

/** Milliseconds since 1970, by a clock that is shared with other processes. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A proxy that records requests, and passes on answers without parsing them. */
export interface Front extends Server {
  /**
   * Starts a new record.
   *
   * @param onRequest Called before a request is passed on.
   */
  watch(onRequest?: (line: string) => void): Traffic;
}

/** Starts the proxy. */
export async function startFront(target: string): Promise<Front> {
  let traffic: Traffic = { connected: [], handshakes: [], requests: [] };
  let tell: (line: string) => void = () => {};
  const [host, port] = target.split(":");
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const seen = traffic;
    seen.connected.push(now());
    let request: Traffic["requests"][number] | undefined;
    const registry = connect(Number(port), host);
    for (const socket of [client, registry]) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      // Destroying this socket ends the other one too.
      socket.on("error", () => socket.destroy());
      socket.setNoDelay(true);
    }
    client.on("data", (chunk: Uint8Array) => {
      const [line] = REQUEST.exec(new TextDecoder("latin1").decode(chunk.subarray(0, 500))) ?? [];
      if (chunk[0] === HANDSHAKE && request === undefined) seen.handshakes.push(now());
      if (line !== undefined) {
        request = { line, start: now(), end: NaN };
        seen.requests.push(request);
        tell(line);
      }
    });
    registry.on("data", () => {
      if (request !== undefined) request.end = now();
    });
    client.pipe(registry);
    registry.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen");
  return {
    address: `127.0.0.1:${address.port}`,
    watch(onRequest = (): void => {}): Traffic {
      tell = onRequest;
      return traffic = { connected: [], handshakes: [], requests: [] };
    },
    async stop(): Promise<void> {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
