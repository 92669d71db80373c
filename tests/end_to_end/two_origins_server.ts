/** A registry that wants a password and leads to another origin in every way, and that origin, which records what it is told. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A request as it was seen. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Whether its body came to its end. */
  readonly isWhole: boolean;
}

/** Both servers. */
export interface TwoOrigins {
  /** `127.0.0.1:PORT` */
  readonly registry: string;
  readonly atRegistry: Seen[];
  readonly elsewhere: Seen[];
}

/** Runs both servers while an action uses them. */
export async function withTwoOrigins<T>(
  blob: string,
  action: (origins: TwoOrigins) => Promise<T>,
): Promise<T> {
  const elsewhere: Seen[] = [];
  const atRegistry: Seen[] = [];
  let other = "";
  const otherServer = createServer(recordingTo(elsewhere, (request, response) => {
    if (request.url === "/challenge") {
      response.writeHead(401, { "www-authenticate": 'Basic realm="elsewhere"' }).end();
    } else if (request.method === "PATCH") {
      response.writeHead(202, { location: `${other}/upload?state=2` }).end();
    } else response.writeHead(request.method === "PUT" ? 201 : 200).end(blob);
  }));
  const registryServer = createServer(recordingTo(atRegistry, (request, response) => {
    const name = /^\/(?:v2\/)?(\w+)/.exec(request.url ?? "")?.[1] ?? "";
    const lead = LEADS[name];
    if (name === "realm" || name === "token") {
      if (request.url?.startsWith("/token")) {
        response.writeHead(307, { location: `${other}/stolen` }).end();
        return;
      }
      const realm = name === "realm" ? `${other}/token` : "/token";
      response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}"` }).end();
    } else if (request.headers.authorization === undefined) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="registry"' }).end();
    } else if (lead !== undefined) lead(response, other);
    else response.writeHead(404).end();
  }));
  try {
    other = `http://127.0.0.2:${await listen(otherServer, "127.0.0.2")}`;
    const registry = `127.0.0.1:${await listen(registryServer, "127.0.0.1")}`;
    return await action({ registry, atRegistry, elsewhere });
  } finally {
    for (const server of [otherServer, registryServer]) {
      server.closeAllConnections();
      server.close();
    }
  }
}

const LEADS: Record<string, (response: ServerResponse, other: string) => void> = {
  download: (response, other) => response.writeHead(307, { location: `${other}/blob` }).end(),
  challenge: (response, other) => response.writeHead(307, { location: `${other}/challenge` }).end(),
  upload: (response, other) =>
    response.writeHead(202, { location: `${other}/upload?state=1` }).end(),
  broken: (response) => response.writeHead(202, { location: "/v2/broken/blobs/uploads/1" }).end(),
  tags: (response, other) =>
    response.req.url?.includes("?last=")
      ? response.end('{"tags":["b"]}')
      : response.writeHead(200, { link: `<${other}/v2/tags/tags/list?last=a>; rel="next"` })
        .end('{"tags":["a"]}'),
};

function recordingTo(
  seen: Seen[],
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const record = (): void => {
      const { method = "", url = "", headers, complete } = request;
      seen.push({ method, path: url, headers, isWhole: complete });
    };
    request.on("data", () => {}).on("error", () => {});
    request.on("close", () => request.complete || record());
    request.on("end", () => {
      record();
      answer(request, response);
    });
  };
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    })
  );
}
