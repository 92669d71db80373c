import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { test } from "node:test";
import { createLoopbackFetch } from "../../../lib/host/connection/loopback_fetch.ts";

/** Runs with the port of a server on loopback, whose connections are closed in the end. */
async function withServer(server: Server, run: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    await run(address.port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Asks a URL twice, and tells what was passed on to the `fetch` below. */
async function ask(url: string): Promise<{ readonly passed: string[]; readonly errors: string[] }> {
  const passed: string[] = [];
  const errors: string[] = [];
  const fetch = createLoopbackFetch((url) => {
    passed.push(url);
    return Promise.resolve(new Response());
  });
  for (let turn = 0; turn < 2; turn++) {
    await fetch(url, {}).catch((error) => errors.push(String(error)));
  }
  return { passed, errors };
}

test("createLoopbackFetch() refuses https of a port of this machine that speaks http, without asking twice", async () => {
  let connections = 0;
  const server = createHttpServer();
  server.on("connection", () => connections++);
  await withServer(server, async (port) => {
    const { passed, errors } = await ask(`https://127.0.0.1:${port}/v2/`);
    assert.deepEqual(passed, []);
    assert.deepEqual(errors, Array(2).fill(`TypeError: 127.0.0.1:${port} answers with plain http`));
    assert.equal(connections, 1);
    const url = `http://127.0.0.1:${port}/v2/`;
    assert.deepEqual(await ask(url), { passed: [url, url], errors: [] });
    assert.equal(connections, 1);
  });
});

test("createLoopbackFetch() says a hello that servers of TLS know", async () => {
  let hello: Uint8Array = new Uint8Array(0);
  const server = createServer((socket) =>
    socket.once("data", (chunk: Uint8Array) => {
      hello = chunk;
      // An alert: RFC 8446, 6.
      socket.end(Uint8Array.from([0x15, 3, 3, 0, 2, 2, 40]));
    })
  );
  await withServer(server, async (port) => {
    const url = `https://127.0.0.1:${port}/`;
    assert.deepEqual(await ask(url), { passed: [url, url], errors: [] });
  });
  assert.equal(hello[0], 0x16);
  assert.equal(hello.length, 5 + (hello[4] ?? 0));
  assert.equal(hello.length, 5 + 4 + (hello[8] ?? 0));
});

test("createLoopbackFetch() leaves to fetch what gives no answer, and all other hosts", async () => {
  await withServer(createServer((socket) => socket.end()), async (port) => {
    const url = `https://127.0.0.1:${port}/`;
    assert.deepEqual(await ask(url), { passed: [url, url], errors: [] });
  });
  // It says nothing.
  await withServer(createServer(), async (port) => {
    const url = `https://127.0.0.1:${port}/`;
    assert.deepEqual(await ask(url), { passed: [url, url], errors: [] });
  });
  for (const url of ["https://127.0.0.1:1/", "https://registry.example/v2/"]) {
    assert.deepEqual(await ask(url), { passed: [url, url], errors: [] });
  }
});
