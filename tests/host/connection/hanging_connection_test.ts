/** A registry that reads nothing more from a connection on which it has refused a body, as Artipie does, on real sockets. */

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { test } from "node:test";
import { delay } from "../../../lib/base/delay.ts";
import { createNodeHost } from "../../../lib/host/node_host.ts";
import { Registries } from "../../../lib/registry/registries.ts";
import { randomBytes, testSource } from "../../registry/blob_sources.ts";

/** Seconds of the client in one that passes. */
const HASTE = 20;

test("an upload that is refused goes on, though the registry leaves the connection", async () => {
  const left = new Set<Socket>();
  const blobs = new Set<string>();
  const server = createServer((request, response) => {
    const { socket, method, url = "" } = request;
    if (left.has(socket)) return;
    request.resume();
    request.on("end", () => {
      const { searchParams } = new URL(url, "http://registry.test");
      const digest = searchParams.get("digest");
      if (method === "HEAD") response.writeHead(blobs.has(url.split("/").at(-1) ?? "") ? 200 : 404);
      else if (method === "POST") response.writeHead(202, { location: "/v2/a/b/blobs/uploads/1" });
      else if (method === "PATCH") response.writeHead(202, { location: url });
      else if (method === "PUT" && request.headers["content-length"] !== "0") {
        left.add(socket);
        response.writeHead(400);
      } else {
        if (digest !== null) blobs.add(digest);
        response.writeHead(201);
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const registries = new Registries({
      ...createNodeHost({ env: {} }),
      credentials: () => Promise.resolve(undefined),
      delay: (duration, options) => delay(duration / HASTE, options),
      timeout: 3_600_000,
      plainHttp: true,
    });
    const { port } = server.address() as AddressInfo;
    const repository = registries.open(`127.0.0.1:${port}`, "a/b", "push");
    await repository.putBlob(testSource(randomBytes(3_000, 8), { replayable: true }));
    assert.equal(blobs.size, 1);
    // Once, unless this machine was so busy that another connection seemed to hang as well.
    assert.ok(left.size >= 1, "no body was refused");
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
