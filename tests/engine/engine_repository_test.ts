import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import { copyImage } from "../../lib/image/verbs/copy.ts";
import { inspectImage } from "../../lib/image/verbs/inspect.ts";
import { resolveDigest } from "../../lib/image/verbs/resolve_digest.ts";
import type { Bytes } from "../../lib/base/bytes.ts";
import { fromReadable } from "../../lib/base/readable.ts";
import type { CreateSpool } from "../../lib/storage/spool.ts";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import { readImage, seedImage, seedIndex, sha256, tarOf } from "../image/fake_images.ts";
import { createFakeEngine, type FakeEngine } from "./fake_engine.ts";
import { memoryStore } from "../storage/memory_store.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

async function withBase(
  kind: "classic" | "podman" | "containerd" = "classic",
  apiVersion: string | undefined = undefined,
): Promise<{ engine: FakeEngine; options: { fetch: never; host: object } }> {
  const engine = createFakeEngine({ kind, ...(apiVersion !== undefined && { apiVersion }) });
  const options = { fetch: undefined as never, host: { findEngine: engine.find } };
  await appendLayer("scratch", "docker-daemon:base:1", {
    ...options,
    layers: [tarOf("a", "a"), tarOf("b", "b")],
    compression: "none",
    env: { A: "1" },
  });
  engine.requests.length = engine.loads.length = 0;
  return { engine, options };
}

describe("engines", () => {
  for (const kind of ["classic", "podman"] as const) {
    test(`appendLayer() sends ${kind} nothing of a base that is there`, async () => {
      const { engine, options } = await withBase(kind);
      const result = await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
        ...options,
        layers: [tarOf("c", "c")],
      });
      const image = engine.images.get("site:dev");
      assert(image !== undefined);
      assert.equal(result.target, "docker-daemon:site:dev");
      assert.equal(result.digest, sha256(image.config));
      const config = JSON.parse(new TextDecoder().decode(image.config));
      assert.deepEqual(config.rootfs.diff_ids, [
        sha256(tarOf("a", "a")),
        sha256(tarOf("b", "b")),
        sha256(tarOf("c", "c")),
      ]);
      assert.deepEqual(config.config.Env, ["A=1"]);
      // Two layers, a variable, and the new layer.
      assert.equal(config.history.length, 4);
      assert.equal(engine.loads.length, 1);
      for (const tar of [tarOf("a", "a"), tarOf("b", "b")]) {
        assert.ok(engine.loads.flat().every((path) => !path.includes(sha256(tar).slice(7))));
      }
      assert.ok(engine.requests.every((request) => !request.endsWith("/get")));
    });
  }

  test("appendLayer() sends containerd's store nothing of a base that is there, and reads its manifest and config alone", async () => {
    const { engine, options } = await withBase("containerd");
    const cache = memoryStore();
    const host = { ...options.host, cache };
    const before = engine.images.get("base:1");
    for (const [run, exports] of [["first", 2], ["second", 0]] as const) {
      engine.requests.length = engine.loads.length = 0;
      const { digest } = await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
        ...options,
        host,
        layers: [tarOf("c", run)],
      });
      const image = engine.images.get("site:dev");
      assert(image?.manifest !== undefined && before?.manifest !== undefined);
      assert.equal(digest, sha256(image.manifest));
      const [manifest, old] = [image.manifest, before.manifest].map((bytes) =>
        JSON.parse(new TextDecoder().decode(bytes))
      );
      assert.deepEqual(manifest.layers.slice(0, 2), old.layers);
      assert.equal(manifest.layers.length, 3);
      // The config is the base's own, with its history.
      assert.equal(JSON.parse(new TextDecoder().decode(image.config)).history.length, 4);
      for (const layer of old.layers) {
        assert.ok(engine.loads.flat().every((path) => !path.includes(layer.digest.slice(7))));
      }
      assert.equal(engine.requests.filter((request) => request.endsWith("/get")).length, exports);
      assert.deepEqual([...engine.images.keys()].sort(), ["base:1", "site:dev"]);
    }
  });

  for (
    const [kind, apiVersion, asked] of [
      ["classic", "1.41", []],
      ["classic", "1.44", ["GET /info"]],
      ["containerd", "1.44", ["GET /info"]],
      ["classic", "1.51", []],
      ["containerd", "1.51", []],
      ["podman", "1.41", []],
    ] as const
  ) {
    test(`appendLayer() knows the store of ${kind} ${apiVersion} by ${asked[0] ?? "what it has asked for already"}`, async () => {
      const { engine, options } = await withBase(kind, apiVersion);
      await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
        ...options,
        layers: [tarOf("c", "c")],
      });
      assert.deepEqual(engine.requests.filter((request) => request === "GET /info"), asked);
      assert.equal(engine.loads.at(-1)?.includes("index.json"), kind !== "classic");
    });
  }

  test("appendLayer() takes what it put into containerd's store away again where it is aborted", async () => {
    const { engine, options } = await withBase("containerd");
    const abort = new AbortController();
    const find = async (): ReturnType<typeof engine.find> => {
      const connection = await engine.find();
      return {
        ...connection,
        fetch: (url, init) => {
          if (url.endsWith("/get")) {
            abort.abort();
            return Promise.reject(abort.signal.reason);
          }
          return connection.fetch(url, init);
        },
      };
    };
    await assert.rejects(
      appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
        ...options,
        host: { findEngine: find },
        signal: abort.signal,
        layers: [tarOf("c", "c")],
      }),
      { name: "AbortError" },
    );
    assert.deepEqual([...engine.images.keys()], ["base:1"]);
  });

  test("appendLayer() exports the image where containerd's store gives no blob", async () => {
    const { engine, options } = await withBase("containerd");
    const find = async (): ReturnType<typeof engine.find> => {
      const connection = await engine.find();
      return {
        ...connection,
        fetch: (url, init) => connection.fetch(url.replace("?manifests=1", ""), init),
      };
    };
    await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
      ...options,
      host: { findEngine: find },
      layers: [tarOf("c", "c")],
    });
    assert.equal(engine.requests.filter((request) => request.endsWith("/get")).length, 1);
    assert.ok(engine.images.has("site:dev"));
  });

  test("appendLayer() sends no layer of a registry's base that the engine has, and fetches none", async () => {
    const engine = createFakeEngine();
    const { store, fetch, requests } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    const options = { fetch, host: { findEngine: engine.find } };
    await copyImage("registry.test/acme/app:1", "docker-daemon:app:1", options);
    const before = requests.length;
    engine.loads.length = 0;
    await appendLayer("registry.test/acme/app:1", "docker-daemon:site:dev", {
      ...options,
      layers: [tarOf("c", "c")],
    });
    assert.equal(engine.loads.flat().length, 3);
    // The manifest and the config.
    const blobs = requests.slice(before).filter(({ path }) => path.includes("/blobs/"));
    assert.equal(blobs.length, 1);
  });

  test("appendLayer() sends the whole where the engine lacks what it seemed to have", async () => {
    const { engine, options } = await withBase();
    const base = engine.images.get("base:1");
    assert(base !== undefined);
    const kept = new Map(engine.layers);
    let isFirst = true;
    const failing = createFakeEngine({
      answer(url): Response | undefined {
        if (url.pathname !== "/images/load" || !isFirst) return undefined;
        isFirst = false;
        return new Response('{"error":"open x: no such file or directory"}\n');
      },
    });
    failing.images.set("base:1", base);
    for (const [id, layer] of kept) failing.layers.set(id, layer);
    await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
      ...options,
      host: { findEngine: failing.find },
      layers: [tarOf("c", "c")],
    });
    assert.equal(failing.loads.flat().length, 5);
    assert.ok(failing.images.has("site:dev"));
  });

  test("appendLayer() gives the engine the image of its own platform, unless another is named", async () => {
    const engine = createFakeEngine();
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
    const options = { fetch, host: { findEngine: engine.find } };
    await copyImage("registry.test/acme/app:1", "docker-daemon:app:1", options);
    assert.match(new TextDecoder().decode(engine.images.get("app:1")?.config), /arm64/);
    await copyImage("registry.test/acme/app:1", "docker-daemon:app:2", {
      ...options,
      platforms: ["linux/amd64"],
    });
    assert.match(new TextDecoder().decode(engine.images.get("app:2")?.config), /amd64/);
    await assert.rejects(
      copyImage("registry.test/acme/app:1", "docker-daemon:app:3", {
        ...options,
        platforms: ["linux/amd64", "linux/arm64"],
      }),
      /Cannot put several images into "docker-daemon:app"/,
    );
  });

  test("copyImage() brings an image from the engine into a registry with its own config", async () => {
    const { engine, options } = await withBase();
    const { store, fetch } = createFakeRegistry();
    await copyImage("docker-daemon:base:1", "registry.test/acme/app:1", {
      host: options.host,
      fetch,
    });
    const read = readImage(store, "acme/app", "1");
    assert.deepEqual(read.layers, [tarOf("a", "a"), tarOf("b", "b")]);
    assert.equal(
      read.manifest.config.digest,
      sha256(engine.images.get("base:1")?.config as Uint8Array),
    );
  });

  test("copyImage() within the engine gives the image a name and sends nothing", async () => {
    const { engine, options } = await withBase();
    const { digest } = await copyImage("docker-daemon:base:1", "docker-daemon:other:2", {
      ...options,
      tags: ["3"],
    });
    assert.equal(digest, sha256(engine.images.get("base:1")?.config as Uint8Array));
    assert.deepEqual([...engine.images.keys()].sort(), ["base:1", "other:2", "other:3"]);
    assert.equal(engine.loads.length, 0);
  });

  test("inspectImage() and resolveDigest() ask the engine and export nothing", async () => {
    const { engine, options } = await withBase();
    const { images, digest: told } = await inspectImage("docker-daemon:base:1", options);
    assert.deepEqual(images[0]?.config?.config?.Env, ["A=1"]);
    // The engine does not tell how large layers are.
    assert.equal(images[0]?.layers.length, 2);
    assert.ok(images[0].layers.every((layer) => !("size" in layer)));
    assert.equal("layersSize" in images[0], false);
    const digest = await resolveDigest("docker-daemon:base:1", options);
    assert.equal(digest, sha256(engine.images.get("base:1")?.config as Uint8Array));
    assert.deepEqual([told, images[0]?.digest], [digest, digest]);
    await inspectImage(`docker-daemon:base@${digest}`, options);
    await assert.rejects(
      inspectImage("docker-daemon:none:1", options),
      /Cannot find "none:1" in the engine: there is no such image/,
    );
    assert.ok(engine.requests.every((request) => !request.endsWith("/get")));
  });

  const HOSTILE: readonly (readonly [name: string, answer: () => Response, reason: RegExp])[] = [
    ["an answer without an end", () => new Response(endless()), /it is longer than 16777216 bytes/],
    ["no JSON", () => new Response("x"), /it answered no JSON$/],
    ["a list", () => new Response("[]"), /it answered no JSON object/],
    [
      "a failure",
      () => new Response('{"message":"\\u001b[31mno"}', { status: 500 }),
      /Cannot ask for \/images\/base:1\/json at the engine "unix:\/\/\/fake.sock": [^"]*no$/,
    ],
    [
      "a failure without an end",
      () => new Response(endless(), { status: 500 }),
      /it is longer than 16777216 bytes/,
    ],
  ];
  for (const [name, answer, reason] of HOSTILE) {
    test(`inspectImage() refuses an engine with ${name}`, async () => {
      const engine = createFakeEngine({ answer });
      await assert.rejects(
        inspectImage("docker-daemon:base:1", { host: { findEngine: engine.find } }),
        (error) => {
          assert(error instanceof Error);
          assert.match(error.message.replaceAll("base%3A1", "base:1"), reason);
          return true;
        },
      );
    });
  }

  test("copyImage() keeps no more of an export than the engine says that the image has", async () => {
    const engine = createFakeEngine({
      answer: (url) => url.pathname.endsWith("/get") ? new Response(endless(member())) : undefined,
    });
    const host = { findEngine: engine.find };
    await appendLayer("scratch", "docker-daemon:base:1", { host, layers: [tarOf("a", "a")] });
    let kept = 0;
    const createSpool = (): ReturnType<CreateSpool> =>
      Promise.resolve({
        write: (chunk) => Promise.resolve(void (kept += chunk.length)),
        read: () => fromReadable(new Blob().stream()),
        dispose: () => Promise.resolve(),
      });
    await assert.rejects(
      copyImage("docker-daemon:base:1", "registry.test/acme/app:1", {
        fetch: createFakeRegistry().fetch,
        host: { ...host, createSpool },
      }),
      /Cannot read "docker-archive:base:1": it is longer than 1073741824 bytes/,
    );
    assert.ok(kept <= 1_073_741_824);
  });

  test("appendLayer() compresses its layer for the engine too", async () => {
    const { engine, options } = await withBase();
    await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
      ...options,
      layers: [tarOf("c", "c")],
    });
    const layer = engine.layers.get(sha256(tarOf("c", "c")));
    assert.deepEqual(new Uint8Array(gunzipSync(layer as Uint8Array)), tarOf("c", "c"));
  });
});

/** The beginning of an archive. */
/** The header of a member that has no end. */
function member(): Bytes {
  const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  return encodeHeaders({ path: "large", type: "file", size: 2 ** 40, ...owner });
}

function endless(start: Bytes = new Uint8Array(0)): ReadableStream<Uint8Array> {
  const rest = new Uint8Array(1024 * 1024);
  return new ReadableStream({
    start: (controller) => controller.enqueue(start),
    pull: (controller) => controller.enqueue(rest),
  });
}
