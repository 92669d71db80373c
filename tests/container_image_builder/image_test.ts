import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import type { Fetch } from "../../lib/base/fetch.ts";
import { CustomFile } from "../../lib/container_image_builder/custom_file.ts";
import { Image } from "../../lib/container_image_builder/image.ts";
import type { ImageOptions } from "../../lib/container_image_builder/image_options.ts";
import type { ImageLocation } from "../../lib/container_image_builder/image_location.ts";
import type { PackOptions, PackPaths } from "../../lib/container_image_builder/pack_files.ts";
import { listTags } from "../../lib/image/verbs/list_tags.ts";
import { PASSWORD, USERNAME } from "../fake_registry/fake_auth.ts";
import { createFakeRegistry, createNetwork } from "../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../layout/memory_directory.ts";
import { type Json, readImage, seedImage, seedIndex, seedIndexOf } from "../image/fake_images.ts";
import { readEntries } from "../image/read_entries.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };
const BASE = "registry.test/acme/app:1";
const TARGET = "registry.test/acme/site:2";

interface Scene {
  readonly registry: ReturnType<typeof createFakeRegistry>;
  readonly options: ImageOptions;
  /** The image at the target, read back. */
  saved(repository?: string, reference?: string): Json;
}

async function setUp(seed: Json = {}): Promise<Scene> {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1", { family: "docker", ...seed });
  return {
    registry,
    options: { fetch: registry.fetch, host: {} },
    saved: (repository = "acme/site", reference = "2") =>
      readImage(registry.store, repository, reference),
  };
}

const file = (data: string): CustomFile => new CustomFile({ data });

test("an image loads its manifest and config", async () => {
  const { options } = await setUp();
  const { manifest, config } = await new Image(BASE, options).getImageData();
  assert.equal(manifest.mediaType, "application/vnd.docker.distribution.manifest.v2+json");
  assert.equal(config.rootfs.diff_ids.length, 2);
});

test("a config that comes bit by bit ends after the time that a document has", async () => {
  const { registry, options } = await setUp();
  let timer: ReturnType<typeof setInterval> | undefined;
  const fetch: Fetch = (url, init) => {
    if (!String(url).includes("/blobs/")) return registry.fetch(url, init);
    const body = new ReadableStream({
      start(controller): void {
        timer = setInterval(() => controller.enqueue(new Uint8Array(2_000)), 20);
      },
      cancel: () => clearInterval(timer),
    });
    return Promise.resolve(new Response(body));
  };
  const image = new Image(BASE, { ...options, fetch, timeout: 1_000, retryFor: 0 });
  await assert.rejects(image.getImageData(), /Cannot read blob .*: .*\b1 second/);
  clearInterval(timer);
});

test("an error of the client comes out of getImageData(), and does not stay", async () => {
  const { options } = await setUp();
  const image = new Image(BASE, options);
  const client = await image.client();
  const { manifest } = client;
  client.manifest = () => Promise.reject(new Error("getting manifest is broken"));
  await assert.rejects(image.getImageData(), /getting manifest is broken/);
  client.manifest = manifest;
  await image.getImageData();
});

test("save() writes files, command, variables and directory, under every tag", async () => {
  const { registry, options, saved } = await setUp();
  const image = new Image(BASE, TARGET, options);
  const added = await image.addFiles({ "/code/index.js": file("code") });
  const result = await image.save(["joltik", "pikachu"], {
    Cmd: ["node", "index.js"],
    WorkingDir: "/code",
    Env: ["TACO=5"],
  });
  assert.equal(result.status, 201);
  assert.equal(result.body.length, 0);
  const { tags } = registry.store.repository("acme/site");
  assert.deepEqual([...tags], [["joltik", result.digest], ["pikachu", result.digest]]);
  const { config, manifest, layers } = saved("acme/site", "pikachu");
  assert.deepEqual(config.config, {
    Env: ["PATH=/bin", "TACO=5"],
    Cmd: ["node", "index.js"],
    WorkingDir: "/code",
  });
  assert.deepEqual(await image.getImageData(), { manifest, config });
  assert.equal(manifest.layers.length, 3);
  assert.deepEqual(added, { ...manifest.layers[2], uncompressedDigest: config.rootfs.diff_ids[2] });
  const entries = readEntries(layers[2]);
  assert.deepEqual(entries.map(({ path, content }) => [path, content]), [[
    "code/index.js",
    "code",
  ]]);
});

test("save() without tags writes the target's, or latest", async () => {
  const { registry, options } = await setUp();
  await new Image(BASE, TARGET, options).save();
  await new Image(BASE, "registry.test/acme/plain", options).save();
  assert.deepEqual([...registry.store.repository("acme/site").tags.keys()], ["2"]);
  assert.deepEqual([...registry.store.repository("acme/plain").tags.keys()], ["latest"]);
});

test("an image without a target is saved where it came from, with the options in second place", async () => {
  const { registry, options } = await setUp();
  const before = registry.store.repository("acme/app").tags.get("1");
  const image = new Image(BASE, options);
  image.Cmd = ["other"];
  const { digest } = await image.save();
  assert.notEqual(digest, before);
  assert.equal(registry.store.repository("acme/app").tags.get("1"), digest);
});

test("a base is honoured by its digest, and saved under a tag", async () => {
  const { registry, options, saved } = await setUp();
  const digest = registry.store.repository("acme/app").tags.get("1");
  await seedImage(registry.store, "acme/app", "1", { layerCount: 1 });
  const image = new Image(`registry.test/acme/app:1@${digest}`, options);
  assert.equal((await image.getImageData()).manifest.layers.length, 2);
  await image.save(["pinned"]);
  assert.equal(saved("acme/app", "pinned").manifest.layers.length, 2);
});

test("properties set what is saved, and options go before them", async () => {
  const { options, saved } = await setUp();
  const image = new Image(BASE, TARGET, options);
  image.WorkingDir = "/first";
  image.Cmd = ["first"];
  image.Env = ["A=1", "PATH=/other", "A=2=3"];
  await image.save(undefined, { Cmd: ["second"] });
  assert.deepEqual(saved().config.config, {
    Env: ["PATH=/other", "A=2=3"],
    Cmd: ["second"],
    WorkingDir: "/first",
  });
});

test("an image saved twice does not have its variables twice", async () => {
  const { options, saved } = await setUp();
  const image = new Image(BASE, TARGET, { ...options, created: new Date(0) });
  image.Env = ["A=1"];
  const first = await image.save();
  const second = await image.save(["3"]);
  assert.equal(second.digest, first.digest);
  assert.deepEqual(saved("acme/site", "3").config.config.Env, ["PATH=/bin", "A=1"]);
});

test("changes to the config and the manifest are saved", async () => {
  const { options, saved } = await setUp();
  const image = new Image(BASE, TARGET, options);
  const settings = await image.getImageConfig();
  settings.User = "nobody";
  settings.Labels = { a: "1" };
  const data = await image.getImageData();
  data.config.author = "me";
  data.manifest["annotations"] = { b: "2" };
  await image.save();
  const { config, manifest } = saved();
  assert.equal(config.config.User, "nobody");
  assert.deepEqual(config.config.Labels, { a: "1" });
  assert.equal(config.author, "me");
  assert.deepEqual(manifest.annotations, { b: "2" });
});

test("layers stand in the order of the calls, whatever their uploads take", async () => {
  const { registry, saved } = await setUp();
  let release = (): void => {};
  const uploaded = new Promise<void>((resolve) => release = resolve);
  const fetch: Fetch = async (url, init) => {
    const response = await registry.fetch(url, init);
    if (init.method === "PUT") release();
    return response;
  };
  async function* slow(): AsyncGenerator<Uint8Array> {
    await uploaded;
    yield new TextEncoder().encode("slow");
  }
  const image = new Image(BASE, TARGET, { fetch, host: {} });
  image.addFiles({ "/slow": new CustomFile({ data: slow(), size: 4 }) });
  image.addFiles({ "/fast": file("fast") });
  await image.save();
  const paths = saved().layers.slice(2).map((layer: Json) => readEntries(layer)[0]?.path);
  assert.deepEqual(paths, ["slow", "fast"]);
});

test("no more layers are uploaded at a time than may be", async () => {
  const { options, saved } = await setUp();
  const image = new Image(BASE, TARGET, { ...options, concurrency: 2 });
  let open = 0;
  let most = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    most = Math.max(most, ++open);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    yield new Uint8Array(1);
    open--;
  }
  for (let number = 0; number < 5; number++) {
    image.addFiles({ [`/${number}`]: new CustomFile({ data: counted(), size: 1 }) });
  }
  await image.save();
  assert.equal(most, 2);
  assert.equal(saved().layers.length, 7);
});

test("every layer adds one history entry where the base's history matches", async () => {
  const { options, saved } = await setUp();
  const image = new Image(BASE, TARGET, { ...options, created: new Date(1e12) });
  await image.addFiles({ "/a": file("a") });
  await image.save();
  const { history, created } = saved().config;
  assert.equal(created, "2001-09-09T01:46:40.000Z");
  assert.deepEqual(history.at(-1), { created, created_by: "appendlayer" });
  assert.equal(history.length, 4);

  const other = await setUp({ config: { history: undefined } });
  const bare = new Image(BASE, TARGET, other.options);
  await bare.addFiles({ "/a": file("a") });
  await bare.save();
  assert.ok(!("history" in other.saved().config));
});

test("a failure of addFiles() comes out of it and of save(), and no tag is written", async () => {
  const { registry, options } = await setUp();
  const image = new Image(BASE, TARGET, options);
  const failing = image.addFiles({
    "/x": new CustomFile({ data: Readable.from(["ab"]), size: 5 }),
  });
  await assert.rejects(failing, /its size is 5/);
  await assert.rejects(image.save(), /its size is 5/);
  await image.addFiles({ "/x": file("right") });
  await assert.rejects(image.save(), /its size is 5/, "a layer that is missing is not forgotten");
  assert.equal(registry.store.repository("acme/site").tags.size, 0);
});

test("save() waits for every layer, also where another save goes on or has failed meanwhile", async () => {
  const { registry, options, saved } = await setUp();
  let release = (): void => {};
  const released = new Promise<void>((resolve) => release = resolve);
  async function* slow(): AsyncIterable<string> {
    await released;
    yield "slow";
  }
  let isBroken = true;
  const fetch: Fetch = (url, init) =>
    isBroken && url.endsWith("/acme/app/manifests/1")
      ? Promise.reject(new TypeError("the network is down"))
      : registry.fetch(url, init);
  const image = new Image(BASE, TARGET, { ...options, fetch, retryFor: 0 });
  const added = image.addFiles({
    "/x": new CustomFile({ data: Readable.from(slow()), size: 4 }),
  });
  added.catch(() => {});
  await assert.rejects(image.sync(), /the network is down/);
  isBroken = false;
  const saves = [image.save(["a"]), image.save(["b"])];
  await image.sync();
  release();
  await Promise.all(saves);
  for (const tag of ["a", "b"]) assert.equal(saved("acme/site", tag).layers.length, 3, tag);
});

test("a failure of addFiles() that nobody waits for does not count as unhandled", async () => {
  const { options } = await setUp();
  const image = new Image(BASE, TARGET, options);
  image.addFiles({ "/x": new CustomFile({ data: Readable.from(["ab"]), size: 5 }) });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(image.save(), /its size is 5/);
});

test("a failure of addFiles() whose turn has not come yet does not count as unhandled either", async () => {
  const { options } = await setUp();
  const image = new Image(BASE, TARGET, options);
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  async function* slow(): AsyncGenerator<Uint8Array> {
    await gate;
    yield new Uint8Array(4);
  }
  image.addFiles({ "/slow": new CustomFile({ data: slow(), size: 4 }) });
  image.addFiles({ "/x": new CustomFile({ data: Readable.from(["ab"]), size: 5 }) });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  release();
  await assert.rejects(image.save(), /its size is 5/);
});

test("sync() that failed is done anew", async () => {
  const registry = createFakeRegistry({
    faults: [{ method: "POST", path: /site/, times: 4, action: { kind: "status", status: 403 } }],
  });
  await seedImage(registry.store, "acme/app", "1");
  const image = new Image(BASE, TARGET, { fetch: registry.fetch, host: {} });
  await assert.rejects(image.sync(), { name: "RegistryError" });
  assert.deepEqual(await image.sync(), [true, true]);
});

test("an upload that the registry refuses settles", async () => {
  const registry = createFakeRegistry({
    faults: [{ method: "PUT", path: /uploads/, times: 9, action: { kind: "status", status: 403 } }],
  });
  await seedImage(registry.store, "acme/app", "1");
  const image = new Image(BASE, TARGET, { fetch: registry.fetch, host: {} });
  await assert.rejects(image.addFiles({ "/x": file("x") }), { name: "RegistryError" });
});

test("addFiles() refuses an object together with a target", async () => {
  const { options } = await setUp();
  assert.throws(
    () => new Image(BASE, TARGET, options).addFiles({ "/a": file("a") }, "/b"),
    TypeError,
  );
});

test("addLayer() lists a layer that is in the target", async () => {
  const { registry, options, saved } = await setUp();
  const { manifest, config } = readImage(registry.store, "acme/app", "1");
  const image = new Image(BASE, "registry.test/acme/app:2", options);
  const { digest, size } = manifest.layers[0];
  const added = await image.addLayer(digest, config.rootfs.diff_ids[0], size);
  assert.deepEqual(added, {
    ...manifest.layers[0],
    uncompressedDigest: config.rootfs.diff_ids[0],
  });
  const foreign = ["https://elsewhere.test/x"];
  assert.deepEqual((await image.addLayer(digest, digest, size, foreign)).urls, foreign);
  await image.removeLayer(digest);
  await image.save();
  assert.deepEqual(saved("acme/app", "2").manifest.layers.at(-1), manifest.layers[0]);
  await assert.rejects(image.addLayer("sha256:../..", digest, 1), SyntaxError);
});

test("removeLayer() takes the layer out of manifest, config and history", async () => {
  const { registry, options, saved } = await setUp({
    config: { history: [{ empty_layer: true }, { created_by: "0" }, { created_by: "1" }] },
  });
  const { manifest, config } = readImage(registry.store, "acme/app", "1");
  const image = new Image(BASE, TARGET, options);
  assert.equal(await image.removeLayer(manifest.layers[0].digest), true);
  assert.equal(await image.removeLayer(manifest.layers[0].digest), false);
  await image.save();
  const after = saved();
  assert.deepEqual(after.manifest.layers, manifest.layers.slice(1));
  assert.deepEqual(after.config.rootfs.diff_ids, config.rootfs.diff_ids.slice(1));
  assert.deepEqual(after.config.history, [{ empty_layer: true }, { created_by: "1" }]);
});

test("the layers of another repository of the registry are mounted, and sync() does it ahead", async () => {
  const { registry, options, saved } = await setUp();
  const image = new Image(BASE, TARGET, options);
  assert.deepEqual(await image.sync(), [true, true]);
  const mounts = () => registry.requests.filter(({ path }) => path.includes("mount=")).length;
  assert.equal(mounts(), 2);
  await image.save();
  assert.equal(mounts(), 2);
  assert.equal(saved().layers.length, 2);
});

test("the layers of another registry are copied", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  await seedImage(from.store, "acme/app", "1");
  const options = { fetch: createNetwork(from, to), host: {} };
  const image = new Image("from.test/acme/app:1", "to.test/acme/app:2", options);
  await image.addFiles({ "/a": file("a") });
  await image.save();
  assert.equal(readImage(to.store, "acme/app", "2").layers.length, 3);

  const again = new Image("from.test/acme/app:1", "to.test/acme/app:3", options);
  const puts = () =>
    to.requests.filter(({ method, path }) => method === "PUT" && path.includes("uploads")).length;
  const before = puts();
  await again.sync({ ignoreExists: true });
  assert.equal(puts(), before + 2);
});

test("layers with urls are left where they are if copyRemoteLayers is false", async () => {
  const { registry, options, saved } = await setUp();
  const { manifest } = readImage(registry.store, "acme/app", "1");
  await registry.store.seedManifest("acme/app", "1", {
    ...manifest,
    layers: manifest.layers.map((layer: Json) => ({ ...layer, urls: ["https://elsewhere.test/"] })),
  });
  const image = new Image(BASE, TARGET, options);
  assert.deepEqual(await image.sync({ copyRemoteLayers: false }), []);
  assert.equal(registry.store.repository("acme/site").blobs.size, 0);
  assert.deepEqual(await new Image(BASE, TARGET, options).sync(), [true, true]);
  assert.equal(registry.store.repository("acme/site").blobs.size, 2);
  assert.ok(saved);
});

test("an attestation that stands first in an index is not built upon", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images, attestations } = await seedIndex(store, "acme/app", "0", [AMD64, ARM64]);
  await seedIndexOf(store, "1", [...attestations, ...images]);
  const image = new Image(BASE, TARGET, { fetch, host: {}, platform: "linux/amd64" });
  assert.equal((await image.getImageData()).config.architecture, "amd64");
});

test("an image is saved under a whole name in a layout", async () => {
  const directory = createMemoryDirectory();
  const opened = new Set<string>();
  const openDirectory = (path: string): typeof directory => {
    opened.add(path);
    return directory;
  };
  const host = { openDirectory };
  await new Image("scratch", "oci:images:example.com/foo:bar", { host }).save();
  const image = new Image("oci:images:example.com/foo:bar", "oci:images:1", { host });
  assert.equal((await image.getImageData()).config.architecture, "amd64");
  assert.deepEqual([...opened], ["images"]);
  const tags: string[] = [];
  for await (const tag of listTags("oci:images", { host })) tags.push(tag);
  assert.deepEqual(tags, ["example.com/foo:bar"]);
  await assert.rejects(image.save(["example.com/foo:bar"]), /it is not a tag/);
});

test("an image in a nested index is built upon", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images } = await seedIndex(store, "acme/app", "0", [AMD64, ARM64]);
  const inner = await seedIndexOf(store, undefined, images);
  const other = await seedIndexOf(store, undefined, [
    await seedImage(store, "acme/app", undefined, {
      platform: { os: "linux", architecture: "s390x" },
    }),
  ]);
  await seedIndexOf(store, "1", [other, inner]);
  for (const platform of ["linux/arm64", undefined]) {
    const image = new Image(BASE, TARGET, { fetch, host: {}, platform });
    const { architecture } = (await image.getImageData()).config;
    assert.equal(architecture, platform === undefined ? "amd64" : "arm64");
  }
});

test("an index that nests too deep is not built upon", async () => {
  const { store, fetch } = createFakeRegistry();
  let deep = await seedImage(store, "acme/app", undefined);
  for (let level = 0; level < 6; level++) deep = await seedIndexOf(store, "1", [deep]);
  await assert.rejects(
    new Image(BASE, TARGET, { fetch, host: {} }).getImageData(),
    /its indexes are nested more than 4 deep/,
  );
});

test("of an index one image is built upon: the platform's, linux/amd64, or the only one", async () => {
  const { registry, options } = await setUp();
  const platformOf = async (base: string, rest: ImageOptions = {}): Promise<string | undefined> =>
    (await new Image(base, { ...options, ...rest }).getImageData()).config.architecture;
  await seedIndex(registry.store, "acme/app", "many", [ARM64, AMD64]);
  await seedIndex(registry.store, "acme/app", "one", [ARM64]);
  assert.equal(await platformOf("registry.test/acme/app:many"), "amd64");
  assert.equal(await platformOf("registry.test/acme/app:one"), "arm64");
  assert.equal(
    await platformOf("registry.test/acme/app:many", { platform: "linux/arm64" }),
    "arm64",
  );
  await assert.rejects(
    platformOf("registry.test/acme/app:many", { platform: "linux/386" }),
    RangeError,
  );
  const empty = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
  };
  await registry.store.seedManifest("acme/app", "none", empty as { mediaType: string });
  await assert.rejects(platformOf("registry.test/acme/app:none"), RangeError);
});

test("client() gives one client for each repository, for reading and writing", async () => {
  const { options } = await setUp();
  const image = new Image(BASE, TARGET, options);
  const reading = await image.client();
  assert.equal(await image.client(BASE), reading);
  const writing = await image.client(TARGET, true);
  assert.equal(await image.client(TARGET), writing);
  assert.notEqual(reading, writing);
  const { config } = await reading.manifest("1");
  assert.equal(await writing.mount(config.digest, "acme/app"), true);
  assert.equal(await writing.blobExists(config.digest), true);
  await assert.rejects(
    (await image.client("oci:dir")).mount(config.digest, "acme/app"),
    /is in no registry/,
  );
});

test("an image is named by an object of its parts as well", async () => {
  const { options } = await setUp();
  const image = new Image(BASE, TARGET, options);
  const parts = { registry: "registry.test", namespace: "acme", image: "app", tag: "1" };
  assert.equal(await image.client({ ...parts, protocol: "https" }), await image.client(BASE));
  const { config } = await image.loadImageData(parts);
  assert.deepEqual(config, await image.loadImageData().then((data) => data.config));
  assert.notEqual(config, (await image.getImageData()).config);
  await assert.rejects(image.client({ ...parts, host: "x" } as ImageLocation), /"host"/);
});

test("addFiles() that is called in a wrong way fails, and with it save()", async () => {
  const { options } = await setUp();
  for (
    const run of [
      (image: Image) => image.addFiles({ "/a": file("a") }, { ignore: ["*.key"] } as PackOptions),
      (image: Image) => image.addFiles({ "/a": undefined } as unknown as PackPaths),
    ]
  ) {
    const image = new Image(BASE, TARGET, options);
    await assert.rejects(run(image), { name: "TypeError" });
    await assert.rejects(image.save(), { name: "TypeError" });
  }
});

test("an image asks for the right to push only where it does", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer" } });
  await seedImage(registry.store, "acme/app", "1");
  const auth = { "registry.test": { Username: USERNAME, Secret: PASSWORD } };
  const image = new Image(BASE, TARGET, { fetch: registry.fetch, host: {}, auth });
  await image.getImageData();
  const asked = (): string => registry.requests.map(({ path }) => decodeURIComponent(path)).join();
  assert.doesNotMatch(asked(), /push/);
  await image.save();
  assert.match(asked(), /acme\/site:pull,push/);
  assert.doesNotMatch(asked(), /acme\/app:pull,push/);
});

test("credentials are found by registry and namespace, and go to that registry", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer", anonymousPull: false } });
  await seedImage(registry.store, "acme/app", "1");
  const auth = {
    "registry.test": { Username: "nobody", Secret: "wrong" },
    "registry.test/acme": { Username: USERNAME, Secret: PASSWORD },
  };
  const options = { fetch: registry.fetch, host: {} };
  await new Image(BASE, TARGET, { ...options, auth }).save();
  readImage(registry.store, "acme/site", "2");
  await assert.rejects(
    new Image(BASE, { ...options, auth: { "registry.test": auth["registry.test"] } })
      .getImageData(),
    { name: "AuthError" },
  );
});

test("an image is built from scratch into a layout, and upon it again", async () => {
  const directory = createMemoryDirectory("images");
  const options = { host: { openDirectory: () => directory }, platform: "linux/arm64" };
  const first = new Image("scratch", "oci:images:1", options);
  await first.addFiles({ "/a": file("a") });
  await first.save();
  const second = new Image("oci:images:1", "oci:images:2", options);
  await second.addFiles({ "/b": file("b") });
  await second.save();
  const { manifest, config } = await new Image("oci:images:2", options).getImageData();
  assert.equal(config.architecture, "arm64");
  assert.equal(manifest.layers.length, 2);
  assert.equal(config.history?.length, 2);
  assert.equal(directory.pending, 0);
});

const INVALID:
  readonly (readonly [name: string, run: (options: ImageOptions) => unknown, reason: RegExp])[] = [
    [
      "an upper-case repository",
      (options) => new Image("registry.test/Acme/app", options),
      /upper-case/,
    ],
    ["a platform that is none", () => new Image(BASE, { platform: "linux" }), /as a platform/],
    [
      "a tag that is none",
      (options) => new Image(BASE, options).save(["a/b"]),
      /"a\/b": it is not a tag/,
    ],
    [
      "scratch as a target",
      (options) => new Image("scratch", options).save(),
      /Cannot save to "scratch"/,
    ],
  ];

for (const [name, run, reason] of INVALID) {
  test(`Image refuses ${name}`, async () => {
    const { options } = await setUp();
    await assert.rejects(async () => await run(options), reason);
  });
}
