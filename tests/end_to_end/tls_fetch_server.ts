/** A server that behaves badly in every way that matters. Run by Node, whose sockets stop reading when nobody takes what they read. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import process from "node:process";

const [cert = "", key = ""] = process.argv.slice(2);
let connections = 0;
/** Paths of requests whose body came whole, since they were asked for. */
let whole: string[] = [];

const server = createServer(
  { cert: readFileSync(cert), key: readFileSync(key) },
  (request, response) => void answer(request, response),
);
server.on("secureConnection", () => connections++);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" && address ? address.port : 0}\n`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "", "https://x");
  response.on("error", () => {});
  switch (pathname) {
    case "/echo":
      response.end(JSON.stringify({ url: request.url, a: request.headers["x-a"] }));
      return;
    case "/204":
      response.writeHead(204).end();
      return;
    case "/redirect":
      response.writeHead(307, { location: "https://elsewhere.example/" }).end();
      return;
    case "/cookies":
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.end();
      return;
    case "/early":
      response.writeHead(413).end("too much");
      return;
    case "/stall":
      return;
    case "/endless": {
      const chunk = new Uint8Array(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", more);
      more();
      return;
    }
    case "/cut":
      response.writeHead(200, { "content-length": "1000" });
      response.write("abc");
      setTimeout(() => response.destroy(), 50);
      return;
    case "/connections":
      response.end(String(connections));
      return;
    case "/whole":
      response.end(JSON.stringify(whole));
      whole = [];
      return;
  }
  const hash = createHash("sha256");
  try {
    for await (const chunk of request) hash.update(chunk);
  } catch {
    return;
  }
  if (!request.complete) return;
  whole.push(pathname);
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  const text = `${length ?? encoding ?? 0} ${hash.digest("hex")}`;
  response.writeHead(201, { "content-length": text.length }).end(text);
}
