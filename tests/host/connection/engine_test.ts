import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { findEngine } from "../../../lib/host/connection/engine.ts";
import { withDirectory } from "../temporary.ts";

test("findEngine() goes by DOCKER_HOST, then by a context, then by CONTAINER_HOST", async () => {
  await withDirectory((home) => {
    const id = createHash("sha256").update("far").digest("hex");
    const meta = join(home, ".docker", "contexts", "meta", id);
    mkdirSync(meta, { recursive: true });
    const endpoints = { docker: { Host: "tcp://far:2375" } };
    writeFileSync(join(meta, "meta.json"), JSON.stringify({ Name: "far", Endpoints: endpoints }));
    const address = (env: Record<string, string>): string => findEngine({ env, home }).address;
    const all = {
      DOCKER_HOST: "unix:///a.sock",
      DOCKER_CONTEXT: "far",
      CONTAINER_HOST: "unix:///b.sock",
    };
    assert.equal(address(all), "unix:///a.sock");
    assert.equal(address({ ...all, DOCKER_HOST: "" }), "tcp://far:2375");
    assert.equal(address({ CONTAINER_HOST: "unix:///b.sock" }), "unix:///b.sock");
    assert.equal(
      address({ DOCKER_CONTEXT: "default", CONTAINER_HOST: "unix:///b.sock" }),
      "unix:///b.sock",
    );
    writeFileSync(join(home, ".docker", "config.json"), '{"currentContext":"far"}');
    assert.equal(address({ CONTAINER_HOST: "unix:///b.sock" }), "tcp://far:2375");
    assert.throws(
      () => address({ DOCKER_CONTEXT: "none" }),
      /Cannot find an engine: there is no Docker context "none"/,
    );
    assert.equal(findEngine({ env: { DOCKER_HOST: "tcp://h:1" }, home }).url, "http://h:1");
    const secure = { DOCKER_HOST: "tcp://h:1", DOCKER_TLS_VERIFY: "1" };
    assert.equal(findEngine({ env: secure, home }).url, "https://h:1");
    // A context has its certificates beside it.
    mkdirSync(join(home, ".docker", "contexts", "tls", id, "docker"), { recursive: true });
    assert.equal(findEngine({ env: { DOCKER_CONTEXT: "far" }, home }).url, "https://far:2375");
    // One may say that any certificate will do.
    for (const [skips, url] of [[false, "http://x:1"], [true, "https://x:1"]] as const) {
      const meta = { Endpoints: { docker: { Host: "tcp://x:1", SkipTLSVerify: skips } } };
      const name = createHash("sha256").update(`skips ${skips}`).digest("hex");
      const place = join(home, ".docker", "contexts", "meta", name);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, "meta.json"), JSON.stringify(meta));
      assert.equal(findEngine({ env: { DOCKER_CONTEXT: `skips ${skips}` }, home }).url, url);
    }
    const pipe = "npipe:////./pipe/docker_engine";
    assert.equal(findEngine({ env: { DOCKER_HOST: pipe }, home }).address, pipe);
  });
});

test("findEngine() refuses ssh by name, and what is no address, without a password", () => {
  for (
    const [host, reason] of [
      ["ssh://me:secret@host", /"ssh:\/\/…@host" that DOCKER_HOST names: ssh is not spoken here/],
      ["fd://", /expected "unix:\/\/PATH"/],
      ["host", /expected "unix:\/\/PATH"/],
      ["tcp://a b", /expected "unix:\/\/PATH"/],
    ] as const
  ) {
    assert.throws(() => findEngine({ env: { DOCKER_HOST: host }, home: "/none" }), reason);
  }
});

test("findEngine() takes the socket that is there, or says where it looked", async () => {
  await withDirectory((home) => {
    const env = { XDG_RUNTIME_DIR: home };
    mkdirSync(join(home, "podman"));
    writeFileSync(join(home, "podman", "podman.sock"), "");
    try {
      assert.match(findEngine({ env, home }).address, /docker\.sock$|podman\.sock$/);
    } catch (error) {
      assert.match(String(error), /Cannot find an engine: there is none at .*docker/);
    }
    // Rootless Docker, Docker Desktop, and rootless Podman.
    try {
      findEngine({ env: { XDG_RUNTIME_DIR: "/none" }, home: "/home/nobody" });
    } catch (error) {
      for (
        const path of ["/none/docker.sock", ".docker/run/docker.sock", "/none/podman/podman.sock"]
      ) assert.ok(String(error).includes(path), String(error));
    }
  });
});

test("findEngine() says in words why nobody answers", {
  skip: process.platform === "win32",
}, async () => {
  await withDirectory(async (home) => {
    for (
      const [host, message] of [
        [`unix://${join(home, "none.sock")}`, "there is no such socket"],
        ["tcp://127.0.0.1:1", "nobody listens there"],
      ] as const
    ) {
      const { url, fetch, from } = findEngine({ env: { DOCKER_HOST: host }, home });
      assert.equal(from, "DOCKER_HOST");
      await assert.rejects(async () => await fetch(`${url}/_ping`, {}), { message });
    }
  });
});

test("findEngine() speaks to a socket, both ways in streams", {
  skip: process.platform === "win32",
}, async () => {
  await withDirectory(async (home) => {
    const path = join(home, "s.sock");
    const server = createServer((request, response) => {
      let size = 0;
      request.on("data", (chunk: Uint8Array) => size += chunk.length);
      request.on("end", () => response.end(`${request.method} ${request.url} ${size}`));
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      const { url, fetch } = findEngine({ env: { DOCKER_HOST: `unix://${path}` }, home });
      let left = 20;
      const body = new ReadableStream<Uint8Array>({
        pull(controller): void {
          if (left-- > 0) controller.enqueue(new Uint8Array(65_536));
          else controller.close();
        },
      });
      const response = await fetch(`${url}/images/load?quiet=1`, {
        method: "POST",
        body,
        redirect: "manual",
      });
      assert.equal(await response.text(), `POST /images/load?quiet=1 ${20 * 65_536}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
