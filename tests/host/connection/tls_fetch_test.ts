import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { createTlsFetch } from "../../../lib/host/connection/tls_fetch.ts";

const SILENT = {
  "says nothing": "",
  "opens a tunnel to what says nothing": "HTTP/1.1 200 OK\r\n\r\n",
};

for (const [what, answer] of Object.entries(SILENT)) {
  test(`a request through a proxy that ${what} ends when it is aborted, and its connection too`, async () => {
    let onAsked: (socket: Socket) => void = () => {};
    const asked = new Promise<Socket>((resolve) => onAsked = resolve);
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write(answer);
        // The next is the hello of TLS.
        if (answer === "") onAsked(socket);
        else socket.once("data", () => onAsked(socket));
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const fetch = createTlsFetch({ env: { https_proxy: `http://127.0.0.1:${port}` } });
    const controller = new AbortController();
    const fetched = fetch("https://registry.test/v2/", { signal: controller.signal });
    const socket = await asked;
    const closed = once(socket, "close");
    const reason = new Error("it took too long");
    controller.abort(reason);
    await assert.rejects(fetched, reason);
    await closed;
    server.close();
  });
}
