import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import type { AppendOptions } from "../../lib/image/verbs/append.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { tarOf } from "../image/fake_images.ts";
import { readEntries } from "../image/read_entries.ts";
import { createFakeEngine, type FakeEngine } from "./fake_engine.ts";
import { memoryStore } from "../storage/memory_store.ts";

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
const PASSWD = new TextEncoder().encode("root:x:0:0::/:/bin/sh\nsite:x:33:34::/:/bin/sh\n");
const FILES: readonly TarEntry[] = [
  { ...COMMON, path: "srv/", type: "directory" },
  { ...COMMON, path: "srv/app/", type: "directory", mode: 0o2750, uid: 7, gid: 8, mtime: 9 },
  { ...COMMON, path: "srv/app/large", type: "file", size: 5, content: new Uint8Array(5) },
  { ...COMMON, path: "etc/", type: "directory" },
  { ...COMMON, path: "etc/passwd", type: "file", size: PASSWD.length, content: PASSWD },
  { ...COMMON, path: "bin", type: "symlink", linkPath: "usr/bin" },
  { ...COMMON, path: "usr/", type: "directory" },
  { ...COMMON, path: "usr/bin/", type: "directory" },
];

interface Setting {
  readonly engine: FakeEngine;
  append(layer: Required<AppendOptions>["layers"][number], options?: object): Promise<string[]>;
}

async function createSetting(
  answer?: (url: URL) => Response | undefined,
  kind: "classic" | "podman" = "classic",
): Promise<Setting> {
  const engine = createFakeEngine({ kind, files: FILES, ...(answer && { answer }) });
  const options = { fetch: undefined as never, host: { findEngine: engine.find } };
  await appendLayer("scratch", "docker-daemon:base:1", {
    ...options,
    layers: [tarOf("a", "a")],
    compression: "none",
  });
  engine.requests.length = 0;
  return {
    engine,
    async append(layer, more = {}): Promise<string[]> {
      await appendLayer("docker-daemon:base:1", "docker-daemon:site:dev", {
        ...options,
        layers: [layer],
        ...more,
      });
      const layers = engine.images.get("site:dev")?.layers ?? [];
      const last = engine.layers.get(layers.at(-1) ?? "") as Uint8Array;
      return readEntries(new Uint8Array(gunzipSync(last))).map(({ path, mode, uid, gid, mtime }) =>
        `${path} ${mode.toString(8)} ${uid}:${gid} ${mtime}`
      );
    },
  };
}

describe("questions to the base in an engine", () => {
  test("a container of the base tells whose a directory is, is not started, and is taken away", async () => {
    const { engine, append } = await createSetting();
    const entries = await append(tarOf("srv/app/x", "x"));
    assert.deepEqual(entries.slice(0, -1), ["srv/app/ 2750 7:8 9"]);
    assert.deepEqual(engine.requests.filter((request) => request.includes("/containers/")), [
      "POST /containers/create",
      "HEAD /containers/c1/archive",
      "GET /containers/c1/archive",
      "DELETE /containers/c1",
    ]);
    assert.equal(engine.containers.size, 0);
    assert.ok(engine.requests.every((request) => !request.endsWith("/get")));
  });

  test("a link of the base is followed, and what is not there is made", async () => {
    const { append } = await createSetting();
    assert.match((await append(tarOf("bin/x", "x"))).at(-1) ?? "", /^usr\/bin\/x /);
    const made = await append(tarOf("opt/new/x", "x"));
    assert.deepEqual(made.slice(0, -1), ["opt/new/ 755 0:0 0"]);
  });

  test("a file of the base is asked for, and not read", async () => {
    const { engine, append } = await createSetting();
    const kinds: unknown[] = [];
    await append(async (base) => {
      for (const path of ["srv/app", "srv/app/large", "srv/app/none", "bin"]) {
        kinds.push(await base?.kindOf(path));
      }
      return new Blob([tarOf("a", "a")]).stream();
    }, { readBase: "all" });
    assert.deepEqual(kinds, ["directory", "file", "missing", "directory"]);
    const read = engine.requests.filter((request) => request === "GET /containers/c1/archive");
    // Four directories and the link.
    assert.equal(read.length, 5);
  });

  test("the names of an owner are looked up in the container's own files", async () => {
    const { engine, append } = await createSetting();
    const owners: unknown[] = [];
    await append(async (base) => {
      owners.push(await base?.ownerOf?.("site"));
      return new Blob([tarOf("a", "a")]).stream();
    });
    assert.deepEqual(owners, [{ uid: 33, gid: 34 }]);
    assert.ok(engine.requests.every((request) => !request.endsWith("/get")));
  });

  test("what was told is remembered, also where nothing is", async () => {
    const { engine, append } = await createSetting();
    const cache = memoryStore();
    const host = { findEngine: engine.find, cache };
    for (const asked of [true, false]) {
      engine.requests.length = 0;
      for (const path of ["srv/app/x", "opt/new/x"]) {
        assert.equal((await append(tarOf(path, `${asked}`), { host })).length, 2);
      }
      assert.equal(engine.requests.includes("POST /containers/create"), asked);
    }
  });

  test("nothing is asked with readBase none, and where no entry asks for it", async () => {
    const { engine, append } = await createSetting();
    await append(tarOf("srv/app/x", "x"), { readBase: "none" });
    await append(tarOf("etc/x", "x"));
    assert.ok(engine.requests.every((request) => !request.includes("/containers/")));
  });

  test("the container is taken away where the engine fails", async () => {
    const { engine, append } = await createSetting((url) =>
      url.pathname.endsWith("/archive") ? new Response("{}", { status: 500 }) : undefined
    );
    await assert.rejects(append(tarOf("srv/app/x", "x")), /it answered 500/);
    assert.equal(engine.containers.size, 0);
    assert.equal(engine.images.has("site:dev"), false);
  });

  test("a container that somebody else has taken away is not taken for an empty image", async () => {
    const { engine, append } = await createSetting((url) => {
      if (url.pathname.endsWith("/archive")) engine.containers.clear();
      return undefined;
    });
    await assert.rejects(
      append(tarOf("srv/app/x", "x")),
      /"\/srv\/app": the container made for that was taken away by somebody else; try again/,
    );
    assert.equal(engine.images.has("site:dev"), false);
  });

  test("the container is taken away where the run is aborted while it is made", async () => {
    const abort = new AbortController();
    const { engine, append } = await createSetting((url) => {
      if (url.pathname === "/containers/create") abort.abort();
      return undefined;
    });
    await assert.rejects(append(tarOf("srv/app/x", "x"), { signal: abort.signal }), {
      name: "AbortError",
    });
    assert.ok(engine.requests.includes("POST /containers/create"));
    assert.equal(engine.containers.size, 0);
  });

  const HOSTILE: readonly (readonly [name: string, answer: () => Response, reason: RegExp])[] = [
    ["no archive", () => new Response("x".repeat(2_000)), /it answered no archive/],
    ["an empty one", () => new Response(new Uint8Array(1_024)), /it answered no archive/],
    ["zeros without an end", () => new Response(endless()), /it answered no archive/],
  ];
  for (const [name, answer, reason] of HOSTILE) {
    test(`an engine is refused that answers ${name}`, async () => {
      const stat = { "x-docker-container-path-stat": btoa('{"mode":2147484141}') };
      let method = "HEAD";
      const { engine, append } = await createSetting((url) => {
        if (!url.pathname.endsWith("/archive")) return undefined;
        if (method === "GET") return answer();
        method = "GET";
        return new Response(null, { headers: stat });
      });
      await assert.rejects(append(tarOf("srv/app/x", "x")), reason);
      assert.equal(engine.containers.size, 0);
    });
  }

  test("with Podman the layers are read, since it does not tell the owner", async () => {
    const { engine, append } = await createSetting(undefined, "podman");
    await append(tarOf("srv/app/x", "x"));
    assert.ok(engine.requests.every((request) => !request.includes("/containers/")));
    assert.ok(engine.requests.some((request) => request.endsWith("/get")));
  });

  test("with --replace the layers are read, since the image is another one below", async () => {
    const { engine, append } = await createSetting();
    await append(tarOf("srv/app/x", "x"), { replace: "content" });
    assert.ok(engine.requests.every((request) => !request.includes("/containers/")));
  });
});

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) });
}
