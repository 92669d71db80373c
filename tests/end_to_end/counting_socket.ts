/** A socket before another one that counts the bytes which pass. */

import { connect, createServer } from "node:net";

/** A socket that runs. */
export interface CountingSocket {
  /** As `DOCKER_HOST` has it. */
  readonly address: string;
  /** Bytes in both directions since it was asked last. */
  takeBytes(): number;
}

/** Puts a socket before one of an engine's while an action uses it. */
export async function withCountingSocket<T>(
  path: string,
  upstream: string,
  action: (socket: CountingSocket) => Promise<T>,
): Promise<T> {
  let bytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = connect({ path: upstream.replace("unix://", ""), allowHalfOpen: true });
    for (const [from, to] of [[client, engine], [engine, client]] as const) {
      from.on("data", (chunk: Uint8Array) => bytes += chunk.length).pipe(to);
      from.on("error", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await action({
      address: `unix://${path}`,
      takeBytes(): number {
        const taken = bytes;
        bytes = 0;
        return taken;
      },
    });
  } finally {
    server.close();
  }
}
