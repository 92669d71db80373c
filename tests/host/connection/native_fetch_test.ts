import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { createProxiedFetch } from "../../../lib/host/connection/proxied_fetch.ts";
import { createTlsFetch } from "../../../lib/host/connection/tls_fetch.ts";
import { createNodeHost } from "../../../lib/host/node_host.ts";

/** Content that unpacks to much more. */
const CONTENT = new Uint8Array(5_000_000);
const ENCODED = { br: brotliCompressSync(CONTENT), "x-gzip": gzipSync(CONTENT) };

test("an answer of an encoding comes as it lies, whatever the runtime's own fetch does", async () => {
  const server = createServer((request, response) => {
    const encoding = request.url?.slice(1) as keyof typeof ENCODED;
    response.writeHead(request.method === "GET" ? 200 : 202, { "content-encoding": encoding });
    response.end(ENCODED[encoding]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { fetch } = createNodeHost({ env: {} });
  assert.ok(fetch);
  for (const [encoding, bytes] of Object.entries(ENCODED)) {
    const url = `http://127.0.0.1:${port}/${encoding}`;
    const headers = { "accept-encoding": "identity" };
    const got = await fetch(url, { headers });
    assert.equal(got.headers.get("content-encoding"), encoding);
    assert.deepEqual(new Uint8Array(await got.arrayBuffer()), new Uint8Array(bytes));
    const put = await fetch(url, { method: "PUT", headers, body: "x" });
    assert.equal(put.status, 202);
    assert.ok((await put.arrayBuffer()).byteLength <= bytes.length);
  }
  server.close();
  server.closeAllConnections();
});

test("an answer with a status and a reason that nobody knows is one", async () => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => socket.end("HTTP/1.1 999 O\x01K\r\nContent-Length: 3\r\n\r\nabc"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const response = await createTlsFetch()(`http://127.0.0.1:${port}/`, {});
  assert.deepEqual([response.status, response.ok, await response.text()], [999, false, "abc"]);
  server.close();
});

test("a request says what sends it, and that it takes any answer", async () => {
  const server = createServer(({ headers }, response) => {
    response.end(JSON.stringify([headers["user-agent"], headers.accept]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fetch = createTlsFetch();
  const ask = async (headers?: HeadersInit): Promise<unknown> =>
    await (await fetch(`http://127.0.0.1:${port}/`, headers === undefined ? {} : { headers }))
      .json();
  assert.deepEqual(await ask(), ["appendlayer", "*/*"]);
  assert.deepEqual(await ask([["Accept", "a/b"], ["User-Agent", "x"]]), ["x", "a/b"]);
  server.close();
  server.closeAllConnections();
});

test("a failure behind a proxy names the proxy", async () => {
  const failing = createProxiedFetch(
    () =>
      Promise.reject(
        new TypeError("fetch failed", {
          cause: Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:3128"), {
            code: "ECONNREFUSED",
          }),
        }),
      ),
    ({ hostname }) =>
      hostname === "direct.test" ? undefined : new URL("http://user:secret@proxy.test:3128"),
  );
  await assert.rejects(failing("https://registry.test/v2/", {}), {
    name: "TypeError",
    message: "through the proxy proxy.test:3128: connect ECONNREFUSED 10.0.0.1:3128",
    code: "ECONNREFUSED",
  });
  await assert.rejects(failing("https://direct.test/v2/", {}), { message: "fetch failed" });
});
