/** A registry that is honest except for one attack. */

import { createServer, type Server } from "node:http";
import { type Attack, CONTENT, IMAGE } from "./attacks.ts";

/** Serves it on a free port, and records what is written to it. */
export async function serveRegistry(
  attack: Attack,
): Promise<{ server: Server; puts: Set<string> }> {
  attack.prepare?.();
  const puts = new Set<string>();
  const server = createServer((request, response) => {
    response.on("error", () => {});
    if (attack.answer(request, response)) return;
    request.resume();
    const { method, url = "" } = request;
    const [, reference = ""] = /\/(?:manifests|blobs)\/([^/?]+)$/.exec(url) ?? [];
    if (url === "/v2/") return void response.writeHead(200).end("{}");
    if (method === "PUT" && url.includes("/manifests/")) {
      puts.add(reference);
      return void response.writeHead(201).end();
    }
    if (method === "POST") {
      return void response.writeHead(202, { location: "/v2/acme/app/blobs/uploads/1" }).end();
    }
    if (url.includes("/uploads/")) return void response.writeHead(201).end();
    const bytes = reference === "1" ? IMAGE : CONTENT.get(reference);
    if (bytes === undefined) return void response.writeHead(404).end();
    const type = url.includes("/manifests/")
      ? JSON.parse(bytes.toString()).mediaType
      : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": bytes.length });
    response.end(method === "HEAD" ? undefined : bytes);
  });
  server.on("clientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, puts };
}
