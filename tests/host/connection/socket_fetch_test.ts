import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { createSocketFetch } from "../../../lib/host/connection/socket_fetch.ts";
import { withDirectory } from "../temporary.ts";

test("createSocketFetch() gives answers as they lie, and aborts one that is under way", {
  skip: process.platform === "win32" && "these are sockets of Unix",
}, async () => {
  await withDirectory(async (home) => {
    const path = join(home, "s.sock");
    const server = createServer((request, response) => {
      if (request.url === "/silent") return;
      response.writeHead(200, { "content-encoding": "gzip" }).end("no gzip");
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const fetch = createSocketFetch(path);
      const response = await fetch("http://localhost/", { redirect: "manual" });
      assert.equal(await response.text(), "no gzip");
      const reason = new Error("enough");
      const controller = new AbortController();
      const silent = fetch("http://localhost/silent", { signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(silent, reason);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
