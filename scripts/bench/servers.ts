/** The servers of the benchmarks: docker-registry, and a proxy that makes it distant. */

import { createServer, request } from "node:http";
import { delay } from "../../lib/base/delay.ts";

/** A server on loopback. */
export interface Server {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  stop(): Promise<void>;
}

/** A registry on loopback. */
export interface Registry extends Server {
  /** Removes all of its content; there must be no requests at that time. */
  clear(): Promise<void>;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Starts docker-registry (Debian's package of that name, or `registry` from the distribution project) on an empty folder. */
export async function startRegistry(folder: string): Promise<Registry> {
  const address = `127.0.0.1:${freePort()}`;
  const config = `${folder}/registry-${address.split(":")[1]}`;
  await Deno.writeTextFile(
    `${config}.yml`,
    [
      "version: 0.1",
      "log: {level: error, accesslog: {disabled: true}}",
      `storage: {filesystem: {rootdirectory: ${config}}, delete: {enabled: true}}`,
      `http: {addr: "${address}", relativeurls: true}`,
      "",
    ].join("\n"),
  );
  const child = new Deno.Command(Deno.env.get("REGISTRY") ?? "docker-registry", {
    args: ["serve", `${config}.yml`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = (): Promise<void> => endChild(child);
  const clear = async (): Promise<void> => {
    await Deno.remove(config, { recursive: true }).catch(() => {});
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(`http://${address}/v2/`).then((r) => r.text()).catch(() => {});
    if (answered !== undefined) return { address, stop, clear };
    await delay(50);
  }
  await stop();
  throw new Error("Cannot start docker-registry: it does not answer");
}

/** Kills a process and waits until it has ended. */
export async function endChild(child: Deno.ChildProcess): Promise<void> {
  child.kill();
  await child.status;
}

/** Options of {@linkcode startProxy}. */
export interface ProxyOptions {
  /** Milliseconds before each request is passed on. */
  readonly latency: number;
  /**
   * Whether a token is required, from a token service on the same server, which is as distant.
   *
   * @default {false}
   */
  readonly tokens?: boolean | undefined;
}

/** The traffic of a proxy. */
export interface ProxyCounts {
  requests: number;
  /** Bytes of request bodies. */
  bytes: number;
  /** Bytes of response bodies. */
  read: number;
  /** Bodies of more than a megabyte. */
  large: number;
}

/** A proxy that counts its traffic. */
export interface Proxy extends Server {
  readonly counts: Readonly<ProxyCounts>;
}

/** Bytes of a large body. */
const LARGE = 1_000_000;

/** Starts a proxy in front of a registry. */
export async function startProxy(target: string, options: ProxyOptions): Promise<Proxy> {
  const counts: ProxyCounts = { requests: 0, bytes: 0, read: 0, large: 0 };
  const [hostname, port] = target.split(":");
  const address = `127.0.0.1:${freePort()}`;
  const server = createServer((incoming, outgoing) => {
    counts.requests++;
    let size = 0;
    incoming.on("data", (chunk: Uint8Array) => {
      counts.bytes += chunk.length;
      if (size <= LARGE && size + chunk.length > LARGE) counts.large++;
      size += chunk.length;
    });
    // It only flows once it is piped.
    incoming.pause();
    const answer = (): void => {
      const url = incoming.url ?? "/";
      if (url.startsWith("/token")) {
        incoming.resume();
        outgoing.setHeader("content-type", "application/json").end('{"token":"bench"}');
        return;
      }
      if (options.tokens && incoming.headers.authorization !== "Bearer bench") {
        incoming.resume();
        const scope = /^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(url)?.[1];
        const challenge = `Bearer realm="http://${address}/token",service="bench"` +
          (scope === undefined ? "" : `,scope="repository:${scope}:pull,push"`);
        outgoing.writeHead(401, { "www-authenticate": challenge }).end();
        return;
      }
      const { authorization: _, ...headers } = incoming.headers;
      const passed = request(
        { hostname, port, path: url, method: incoming.method, headers },
        (response) => {
          outgoing.writeHead(response.statusCode ?? 502, response.headers);
          response.on("data", (chunk: Uint8Array) => counts.read += chunk.length);
          response.pipe(outgoing);
        },
      );
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
    };
    setTimeout(answer, options.latency);
  });
  await new Promise<void>((resolve) => {
    server.listen(Number(address.split(":")[1]), "127.0.0.1", resolve);
  });
  return {
    address,
    counts,
    stop: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
