/** A TCP proxy that breaks connections, as networks do. */

import { connect, createServer, type Socket } from "node:net";

/** Options of {@linkcode withCuttingProxy}. */
export interface CuttingProxyOptions {
  /** Where connections go: a loopback port. */
  readonly port: number;
  /** Bytes of a connection's upward half after which it breaks. */
  readonly after: number;
  /** How many connections break. */
  readonly times: number;
}

/** Runs a proxy while an action uses it; the action is told its port. */
export async function withCuttingProxy<T>(
  { port, after, times }: CuttingProxyOptions,
  action: (port: number) => Promise<T>,
): Promise<T> {
  let cuts = times;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let left = after;
    let isCut = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => {
        sockets.delete(socket);
        client.end();
        upstream.end();
      });
    }
    upstream.on("data", (chunk) => isCut || client.write(chunk));
    client.on("data", (chunk) => {
      if (isCut) return;
      if (chunk.length >= left && cuts > 0) {
        cuts--;
        isCut = true;
        client.pause();
        // What came before the cut arrives; then the server sees an end, and the client a reset.
        upstream.end(chunk.subarray(0, left));
        upstream.on("close", () => client.resetAndDestroy());
        return;
      }
      left -= chunk.length;
      if (upstream.write(chunk)) return;
      client.pause();
      upstream.once("drain", () => client.resume());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  try {
    return await action(typeof address === "object" && address ? address.port : 0);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}
