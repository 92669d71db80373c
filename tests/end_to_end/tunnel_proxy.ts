/** A proxy as companies run them: CONNECT for https, whole URLs for http, and a list of what was asked. */

import { createServer, type Socket } from "node:net";
import { connect } from "node:net";

/** A proxy that runs. */
export interface TunnelProxy {
  /** Without user and password. */
  readonly host: string;
  /** Request lines and credentials: `CONNECT 127.0.0.1:5000 Basic …`. */
  readonly asked: string[];
}

/** Runs a proxy while an action uses it. */
export async function withTunnelProxy<T>(action: (proxy: TunnelProxy) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    keep(sockets, client);
    let head = new Uint8Array();
    const read = (chunk: Uint8Array): void => {
      head = join(head, chunk);
      const text = new TextDecoder("latin1").decode(head);
      if (!text.includes("\r\n\r\n")) return;
      client.off("data", read);
      client.pause();
      const [, method = "", target = ""] = /^(\S+) (\S+) /.exec(text) ?? [];
      const [, credentials = "-"] = /^proxy-authorization: (.*)$/im.exec(text) ?? [];
      asked.push(`${method} ${target} ${credentials.trim()}`);
      const { hostname, port } = new URL(method === "CONNECT" ? `tcp://${target}` : target);
      const upstream = connect(Number(port), hostname, () => {
        if (method === "CONNECT") client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        else upstream.write(head);
        client.pipe(upstream);
        upstream.pipe(client);
      });
      keep(sockets, upstream);
      upstream.on("close", () => client.destroy());
      client.on("close", () => upstream.destroy());
    };
    client.on("data", read);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await action({
      host: `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
      asked,
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A connection that breaks is the client's concern. */
function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
