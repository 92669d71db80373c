import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { collectBytes } from "../../lib/base/collect.ts";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { createThreadedCodec } from "../../lib/host/compression/threaded_codec.ts";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import { copyImage } from "../../lib/image/verbs/copy.ts";
import { inspectImage } from "../../lib/image/verbs/inspect.ts";
import { listTags } from "../../lib/image/verbs/list_tags.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import type { CreateSpool } from "../../lib/storage/spool.ts";
import { NotFoundError } from "../../lib/storage/not_found_error.ts";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import {
  readDocument,
  readImage,
  seedImage,
  seedIndex,
  sha256,
  tarOf,
} from "../image/fake_images.ts";
import { createMemoryArchives } from "./memory_archives.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };

type Member = readonly [path: string, content: Bytes | string, link?: string];

/** An archive of members; a third part makes a symlink. */
async function archiveOf(members: readonly Member[]): Promise<Bytes> {
  const entries = members.map(([path, content, link]): TarEntry => {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content) as Bytes
      : content;
    const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
    return link === undefined
      ? { path, type: "file", size: bytes.length, content: bytes, ...owner }
      : { path, type: "symlink", size: 0, linkPath: link, ...owner };
  });
  return await collectBytes(writeTar(entries));
}

const LAYER = tarOf("a", "a");
const GZIP = new Uint8Array(gzipSync(LAYER));

const CODECS = { "web standards": webCodec, "node:zlib": createThreadedCodec({ threads: 0 }) };
const CONFIG = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [sha256(LAYER)] },
});
const CONFIG_PATH = `${sha256(new TextEncoder().encode(CONFIG)).slice(7)}.json`;

function listOf(
  layers: readonly string[],
  names: readonly string[] | null = ["site:1"],
  config = CONFIG_PATH,
): string {
  return JSON.stringify([{ Config: config, RepoTags: names, Layers: layers }]);
}

describe("archives", () => {
  for (const kind of ["docker-archive", "oci-archive"]) {
    test(`appendLayer() goes from a registry into a ${kind}, within archives, and back`, async () => {
      const { store, fetch } = createFakeRegistry();
      await seedImage(store, "acme/app", "1");
      const archives = createMemoryArchives();
      const options = { fetch, host: { archives, fetch } };
      const name = kind === "oci-archive" ? "2" : "site:2";
      const made = await appendLayer("registry.test/acme/app:1", `${kind}:a.tar:${name}`, {
        ...options,
        layers: [tarOf("b", "b")],
      });
      assert.equal(made.target, `${kind}:a.tar:${name}`);
      assert.deepEqual(made.tags, ["2"]);
      await appendLayer(`${kind}:a.tar:${name}`, `${kind}:a.tar:${name}`, {
        ...options,
        layers: [tarOf("c", "c")],
      });
      // Through a pipe, and without naming the only image.
      archives.files.set("-", archives.files.get("a.tar") as Bytes);
      await copyImage(`${kind}:-`, "registry.test/acme/back:1", options);
      const base = readImage(store, "acme/app", "1");
      const back = readImage(store, "acme/back", "1");
      assert.deepEqual(back.layers, [...base.layers, tarOf("b", "b"), tarOf("c", "c")]);
      assert.deepEqual(back.config.config, base.config.config);
      assert.equal(archives.open_(), 0);
    });
  }

  test("copyImage() keeps every byte of an index through an oci-archive", async () => {
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
    const archives = createMemoryArchives();
    const options = { fetch, host: { archives } };
    const there = await copyImage("registry.test/acme/app:1", "oci-archive:a.tar:1", {
      ...options,
      tags: ["x"],
    });
    const tags: string[] = [];
    for await (const tag of listTags("oci-archive:a.tar", options)) tags.push(tag);
    assert.deepEqual(tags.sort(), ["1", "x"]);
    const back = await copyImage("oci-archive:a.tar:x", "registry.test/acme/back:1", options);
    assert.equal(back.digest, there.digest);
    assert.equal(readDocument(store, "acme/back", "1").manifests.length, 4);
    assert.equal(archives.open_(), 0);
  });

  test("copyImage() writes the same archive for the same image", async () => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    const archives = createMemoryArchives();
    const options = { fetch, host: { archives } };
    for (const file of ["a", "b"]) {
      await copyImage("registry.test/acme/app:1", `docker-archive:${file}:x:1`, options);
    }
    assert.deepEqual(archives.files.get("a"), archives.files.get("b"));
  });

  test("copyImage() puts no index into a docker-archive, and says which platforms there are", async () => {
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
    const archives = createMemoryArchives();
    const options = { fetch, host: { archives } };
    const target = "docker-archive:a.tar:x:1";
    for (const platforms of [[], ["linux/amd64", "linux/arm64"]]) {
      await assert.rejects(
        copyImage("registry.test/acme/app:1", target, { ...options, platforms }),
        /^RangeError: Cannot put several images into "docker-archive:a.tar", which holds no index: name one platform; there are linux\/amd64, linux\/arm64$/,
      );
    }
    await copyImage("registry.test/acme/app:1", target, { ...options, platforms: ["linux/arm64"] });
    const { images } = await inspectImage(target, options);
    assert.deepEqual(images.map(({ platform }) => platform), ["linux/arm64"]);
  });

  test("appendLayer() leaves an archive as it was when it fails, and nothing open", async () => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    const before = new Uint8Array([1, 2, 3]);
    const archives = createMemoryArchives(new Map([["a.tar", before]]));
    const failing = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await fetch(url, init);
      return init.method === "GET" && url.includes("/blobs/") && !url.includes("config") &&
          Number(response.headers.get("content-length")) > 400
        ? new Response(new Uint8Array(10), { status: 200 })
        : response;
    };
    await assert.rejects(
      copyImage("registry.test/acme/app:1", "docker-archive:a.tar:x", {
        fetch: failing,
        host: { archives },
        retryFor: 0,
      }),
    );
    assert.equal(archives.files.get("a.tar"), before);
    assert.equal(archives.open_(), 0);
  });

  test("copyImage() writes no image of which a layer is kept elsewhere", async () => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    const document = readDocument(store, "acme/app", "1");
    const foreign = {
      mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      digest: sha256(tarOf("x", "x")),
      size: 10,
    };
    await store.seedManifest("acme/app", "foreign", { ...document, layers: [foreign] });
    const archives = createMemoryArchives();
    await assert.rejects(
      copyImage("registry.test/acme/app:foreign", "docker-archive:a", {
        fetch,
        host: { archives },
      }),
      /is not kept where the image comes from/,
    );
    assert.equal(archives.files.size, 0);
  });

  const SHAPES: readonly (readonly [name: string, members: readonly Member[]])[] = [
    ["Docker 20.10", [
      [CONFIG_PATH, CONFIG],
      ["abc/VERSION", "1.0"],
      ["abc/layer.tar", LAYER],
      ["manifest.json", listOf(["abc/layer.tar"])],
      ["repositories", "{}"],
    ]],
    ["Docker 20.10 with a layer of two images", [
      ["abc/layer.tar", LAYER],
      ["def/layer.tar", "", "../abc/layer.tar"],
      [CONFIG_PATH, CONFIG],
      ["manifest.json", listOf(["def/layer.tar"])],
    ]],
    ["Podman and Skopeo", [
      ["0123.tar", LAYER],
      ["feed/layer.tar", "", "../0123.tar"],
      [CONFIG_PATH, CONFIG],
      ["manifest.json", listOf(["0123.tar"], ["localhost/site:1"])],
    ]],
    ["go-containerregistry and kaniko", [
      ["sha256:abc", CONFIG],
      [`${sha256(GZIP).slice(7)}.tar.gz`, GZIP],
      [
        "manifest.json",
        listOf([`${sha256(GZIP).slice(7)}.tar.gz`], ["site:1"], "sha256:abc"),
      ],
    ]],
    ["bazel, with paths that begin with a dot and layers in gzip", [
      ["./config.json", CONFIG],
      ["./layer/layer.tar", GZIP],
      [
        "./manifest.json",
        listOf(["layer/layer.tar"], ["docker.io/library/site:1"], "config.json"),
      ],
    ]],
  ];
  for (const [shape, members] of SHAPES) {
    test(`copyImage() reads what ${shape} writes`, async () => {
      const { store, fetch } = createFakeRegistry();
      const archives = createMemoryArchives(new Map([["a.tar", await archiveOf(members)]]));
      const options = { fetch, host: { archives } };
      for (const source of ["docker-archive:a.tar", "docker-archive:a.tar:site:1"]) {
        await copyImage(source, "registry.test/acme/back:1", options);
        assert.deepEqual(readImage(store, "acme/back", "1").layers, [LAYER]);
      }
      await assert.rejects(inspectImage("docker-archive:a.tar:site:2", options), NotFoundError);
      assert.equal(archives.open_(), 0);
    });
  }

  test("inspectImage() reads an archive that is compressed as a whole", async () => {
    const [, members] = SHAPES[0] as (typeof SHAPES)[number];
    const archives = createMemoryArchives(
      new Map([["a.tgz", new Uint8Array(gzipSync(await archiveOf(members)))]]),
    );
    const { images } = await inspectImage("docker-archive:a.tgz", { host: { archives } });
    assert.equal(images.length, 1);
  });

  for (const [what, codec] of Object.entries(CODECS)) {
    test(`inspectImage() names an archive whose compressed data are broken: ${what}`, async () => {
      const [, members] = SHAPES[0] as (typeof SHAPES)[number];
      const bytes = await archiveOf(members);
      // A header of gzip, and then nothing of it; and one that is cut.
      for (
        const broken of [
          concatBytes([Uint8Array.of(0x1f, 0x8b, 8), bytes]),
          new Uint8Array(gzipSync(bytes)).subarray(0, -20),
        ]
      ) {
        const archives = createMemoryArchives(new Map([["a.tgz", broken]]));
        await assert.rejects(inspectImage("docker-archive:a.tgz", { host: { archives, codec } }), {
          name: "LayerError",
          message: /^Cannot read "docker-archive:a\.tgz": its gzip data cannot be read: /,
        });
        assert.equal(archives.open_(), 0);
      }
    });
  }

  test("inspectImage() keeps no more of a compressed archive than an image can be", async () => {
    const member = { path: "l.tar", type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
    const header = encodeHeaders({ ...member, size: 300_000_000 });
    const bomb = new Uint8Array(gzipSync(concatBytes([header, new Uint8Array(300_000_000)])));
    const archives = createMemoryArchives(new Map([["a.tar.gz", bomb]]));
    let kept = 0;
    const createSpool = (): ReturnType<CreateSpool> =>
      Promise.resolve({
        write: (chunk) => Promise.resolve(void (kept += chunk.length)),
        read: () => new Blob().stream() as never,
        dispose: () => Promise.resolve(),
      });
    await assert.rejects(
      inspectImage("docker-archive:a.tar.gz", { host: { archives, createSpool } }),
      /Cannot read "docker-archive:a.tar.gz": it is longer than 268435456 bytes/,
    );
    assert.ok(kept <= 268_435_456);
    assert.equal(archives.open_(), 0);
  });

  test("inspectImage() reads no layer of an archive that is not compressed", async () => {
    const large = tarOf("large", "x".repeat(5_000_000));
    const config = JSON.stringify({ rootfs: { diff_ids: [sha256(large)] } });
    const bytes = await archiveOf([
      ["layer.tar", large],
      ["c.json", config],
      ["manifest.json", listOf(["layer.tar"], null, "c.json")],
    ]);
    const archives = createMemoryArchives(new Map([["a.tar", bytes]]));
    await inspectImage("docker-archive:a.tar", { host: { archives } });
    assert.ok(archives.read() < 100_000, `${archives.read()} bytes were read`);
  });

  test("inspectImage() asks for a name where an archive has several images", async () => {
    const other = CONFIG.replace("amd64", "arm64");
    const bytes = await archiveOf([
      ["l", LAYER],
      ["a", CONFIG],
      ["b", other],
      [
        "manifest.json",
        JSON.stringify([
          { Config: "a", RepoTags: ["site:1", "site:2"], Layers: ["l"] },
          { Config: "b", RepoTags: ["other:1"], Layers: ["l"] },
        ]),
      ],
    ]);
    const host = { archives: createMemoryArchives(new Map([["x", bytes]])) };
    await assert.rejects(
      inspectImage("docker-archive:x", { host }),
      /^RangeError: Cannot choose an image of "docker-archive:x": name one; it holds 2 images: site:1, site:2, other:1$/,
    );
    const { images } = await inspectImage("docker-archive:x:other:1", { host });
    assert.equal(images[0]?.platform, "linux/arm64");
    const id = sha256(new TextEncoder().encode(other));
    const byId = await inspectImage(`docker-archive:x@${id}`, { host });
    assert.equal(byId.digest, images[0]?.digest);
  });

  const HOSTILE: readonly (readonly [
    name: string,
    members: readonly Member[] | Bytes,
    reason: RegExp,
  ])[] = [
    ["no manifest", [["x", "x"]], /it has no "manifest.json"/],
    ["a manifest that is no JSON", [["manifest.json", "x"]], /it is not JSON/],
    ["a manifest that is no list", [["manifest.json", "{}"]], /it is not a list of images/],
    ["a manifest of other things", [["manifest.json", "[1]"]], /image 0 is not an object/],
    [
      "layers that are no list",
      [["manifest.json", '[{"Config":"a","Layers":[1]}]']],
      /are not lists of texts/,
    ],
    [
      "a manifest without an end",
      [["manifest.json", " ".repeat(17 * 1024 * 1024)]],
      /it is longer than 16777216 bytes/,
    ],
    [
      "very many images",
      [["manifest.json", `[${"1,".repeat(10_000)}1]`]],
      /it lists more than 10000 images/,
    ],
    ["a config that is missing", [["manifest.json", listOf([])]], /it has no ".*json"/],
    [
      "a layer that leads out of it",
      [[CONFIG_PATH, CONFIG], ["manifest.json", listOf(["../../../etc/passwd"])]],
      /it has no "\.\.\/\.\.\/\.\.\/etc\/passwd"/,
    ],
    [
      "a link that leads out of it",
      [[CONFIG_PATH, CONFIG], ["l", "", "/etc/passwd"], ["manifest.json", listOf(["l"])]],
      /it is no plain file but a symlink/,
    ],
    [
      "a link that climbs out of it",
      [[CONFIG_PATH, CONFIG], ["l", "", "../../etc/passwd"], ["manifest.json", listOf(["l"])]],
      /it is no plain file but a symlink/,
    ],
    [
      "links in a circle",
      [
        [CONFIG_PATH, CONFIG],
        ["l", "", "m"],
        ["m", "", "l"],
        ["manifest.json", listOf(["l"])],
      ],
      /its links lead too far/,
    ],
    [
      "a layer that is there twice",
      [
        [CONFIG_PATH, CONFIG],
        ["l", LAYER],
        ["l", LAYER],
        ["manifest.json", listOf(["l"])],
      ],
      /the archive has it twice/,
    ],
    [
      "more layers than the config names",
      [[CONFIG_PATH, CONFIG], ["l", LAYER], ["manifest.json", listOf(["l", "l"])]],
      /an image has 2 layers, and its config names 1/,
    ],
    [
      "a layer that is another",
      [[CONFIG_PATH, CONFIG], ["l", tarOf("x", "x")], ["manifest.json", listOf(["l"])]],
      /expected .*, got/,
    ],
    [
      "a list of a million images that are none",
      [["manifest.json", `[${"{},".repeat(1_000_000)}{}]`]],
      /it holds more than 1000000 values/,
    ],
    [
      "a list of 100,000 levels",
      [["manifest.json", "[".repeat(100_000)]],
      /it is nested more than 256 deep/,
    ],
    [
      "paths of 17 million characters",
      Array.from({ length: 16_900 }, (_, index): Member => [`${"p".repeat(990)}${index}`, ""]),
      /the paths of its members have more than 16777216 characters/,
    ],
    ["nothing", new Uint8Array(), /it is empty/],
    ["zeros", new Uint8Array(2048), /it has no "manifest.json"/],
    ["something else", new TextEncoder().encode("x".repeat(2000)), /there is something else/],
    ["xz", new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]), /it is xz data/],
  ];
  for (const [name, members, reason] of HOSTILE) {
    test(`copyImage() refuses an archive with ${name}`, async () => {
      const { fetch } = createFakeRegistry();
      const bytes = members instanceof Uint8Array ? members : await archiveOf(members);
      const archives = createMemoryArchives(new Map([["a.tar", bytes]]));
      await assert.rejects(
        copyImage("docker-archive:a.tar", "registry.test/acme/back:1", {
          fetch,
          host: { archives },
        }),
        reason,
      );
      assert.equal(archives.open_(), 0);
    });
  }

  test("copyImage() refuses an archive that is cut anywhere", async () => {
    const [, members] = SHAPES[0] as (typeof SHAPES)[number];
    const whole = await archiveOf(members);
    const { fetch } = createFakeRegistry();
    for (let length = 0; length < whole.length - 2048; length += 512) {
      const archives = createMemoryArchives(new Map([["a", whole.slice(0, length)]]));
      await assert.rejects(
        copyImage("docker-archive:a", "registry.test/acme/x:1", { fetch, host: { archives } }),
        `${length}`,
      );
    }
  });
});

test("the table of contents of a layer in an oci-archive is read, and not the layer", async () => {
  const archives = createMemoryArchives();
  const random = new Uint8Array(300_000);
  for (let at = 0; at < random.length; at += 60_000) {
    crypto.getRandomValues(random.subarray(at, at + 60_000));
  }
  const layers = [await archiveOf([["srv/app/noise", random]])];
  const options = { layers, host: { archives }, compression: "estargz" } as const;
  await appendLayer("scratch", "oci-archive:base.tar:1", options);
  const { baseRead } = await appendLayer("oci-archive:base.tar:1", "oci-archive:next.tar:1", {
    ...{ layers: [tarOf("srv/app/new", "x")], host: { archives }, readBase: "all" },
  });
  assert.deepEqual(baseRead.map(({ from, bytes }) => `${from} ${bytes}`), ["table 65536"]);
});
