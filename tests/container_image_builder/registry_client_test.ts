import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable, Stream } from "node:stream";
import { test } from "node:test";
import { toReadable } from "../../lib/base/readable.ts";
import {
  type MountOptions,
  RegistryClient,
  type UploadInput,
} from "../../lib/container_image_builder/registry_client.ts";
import { PASSWORD, USERNAME } from "../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import { readDocument, seedImage, seedIndex, sha256 } from "../image/fake_images.ts";

const HELLO = new TextEncoder().encode("hello world");
const HELLO_DIGEST = "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** Bytes that are not UTF-8. */
const BINARY = new Uint8Array(100_000).map((_, index) => (index * 7 + (index >> 8)) % 256);

function setUp(): { registry: ReturnType<typeof createFakeRegistry>; client: RegistryClient } {
  const registry = createFakeRegistry();
  const options = { fetch: registry.fetch, host: {} };
  const client = new RegistryClient("registry.test", "acme/app", undefined, options);
  return { registry, client };
}

test("upload() stores a blob and tells its digest", async () => {
  const { registry, client } = setUp();
  assert.deepEqual(await client.upload(HELLO), { contentLength: 11, digest: HELLO_DIGEST });
  assert.deepEqual(registry.store.repository("acme/app").blobs.get(HELLO_DIGEST), HELLO);
});

test("upload() takes bytes, text and streams of any kind, with and without their length and digest", async () => {
  async function* pieces(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    for (const piece of ["hello", " world"]) {
      yield await Promise.resolve(new TextEncoder().encode(piece));
    }
  }
  const inputs = [
    () => HELLO,
    () => Buffer.from(HELLO),
    () => "hello world",
    pieces,
    () => toReadable(pieces()),
    () => Readable.from(pieces()),
  ];
  for (const [index, input] of inputs.entries()) {
    for (
      const [length, digest] of [[], [11], [11, HELLO_DIGEST], [undefined, HELLO_DIGEST]] as const
    ) {
      const { registry, client } = setUp();
      const stored = await client.upload(input(), length, digest);
      assert.deepEqual(stored, { contentLength: 11, digest: HELLO_DIGEST }, `input ${index}`);
      const kept = registry.store.repository("acme/app").blobs.get(HELLO_DIGEST) ?? [];
      assert.deepEqual(new Uint8Array(kept), HELLO);
    }
  }
});

test("upload() refuses what is not as long, or hashes to something else, than was said", async () => {
  const { registry, client } = setUp();
  await assert.rejects(client.upload(HELLO, 10), RangeError);
  await assert.rejects(client.upload(Readable.from([HELLO]), 10), RangeError);
  await assert.rejects(client.upload(Readable.from([HELLO]), 12), RangeError);
  await assert.rejects(client.upload(HELLO, 11, `sha256:${"0".repeat(64)}`));
  await assert.rejects(client.upload(HELLO, 11, "sha256:x"), SyntaxError);
  assert.equal(registry.store.repository("acme/app").blobs.size, 0);
});

test("upload() checks length and digest also where the registry has such a blob", async () => {
  const { registry, client } = setUp();
  await client.upload(HELLO);
  const blobs = registry.store.repository("acme/app").blobs.size;
  const other = new TextEncoder().encode("hello there");
  for (const input of [other, toReadable(Readable.from([other]) as never)]) {
    await assert.rejects(client.upload(input, 11, HELLO_DIGEST), {
      name: "DigestMismatchError",
      message: `Cannot upload the blob "${HELLO_DIGEST}": expected ${HELLO_DIGEST}, got ${
        sha256(other)
      }`,
    });
  }
  await assert.rejects(client.upload(Readable.from([HELLO]), 999, HELLO_DIGEST), RangeError);
  const stored = await client.upload(Readable.from([HELLO]), 11, HELLO_DIGEST);
  assert.deepEqual(stored, { contentLength: 11, digest: HELLO_DIGEST });
  assert.equal(registry.store.repository("acme/app").blobs.size, blobs);
});

test("a signal ends every call, before it begins and meanwhile", async () => {
  const { registry, client } = setUp();
  const image = await seedImage(registry.store, "acme/app", "1");
  const manifest = await client.manifest("1");
  const calls: ((client: RegistryClient) => Promise<unknown>)[] = [
    (one) => one.manifest("1"),
    (one) => one.tags(),
    (one) => one.manifestUpload("2", manifest),
    (one) => one.blobExists(image.digest),
    (one) => one.blob(manifest.config.digest),
    (one) => one.upload("new"),
    (one) => one.upload(new ReadableStream({})),
    (one) => one.mount(manifest.config.digest, "acme/other"),
  ];
  const reason = new Error("enough");
  for (const [index, call] of calls.entries()) {
    for (const isEarly of [true, false]) {
      const controller = new AbortController();
      if (isEarly) controller.abort(reason);
      const stopped = new RegistryClient("registry.test", "acme/app", undefined, {
        host: {},
        signal: controller.signal,
        fetch: (url, init) => isEarly ? registry.fetch(url, init) : new Promise(() => {}),
      });
      const calling = call(stopped);
      setTimeout(() => controller.abort(reason), 10);
      await assert.rejects(calling, (error) => error === reason, `call ${index}`);
    }
  }
  assert.deepEqual([...registry.store.repository("acme/app").tags.keys()], ["1"]);
});

test("blob() gives bytes as they are, binary too", async () => {
  const { registry, client } = setUp();
  const digest = await registry.store.seedBlob("acme/app", BINARY);
  const bytes = await client.blob(digest);
  assert.ok(Buffer.isBuffer(bytes));
  assert.deepEqual(new Uint8Array(bytes), BINARY);
  assert.equal(
    await client.blob(await registry.store.seedBlob("acme/app", HELLO)) + "",
    "hello world",
  );
});

test("blob() gives all of a stream of Node's", async () => {
  const { registry, client } = setUp();
  const digest = await registry.store.seedBlob("acme/app", BINARY);
  const stream = await client.blob(digest, true);
  const hash = createHash("sha256");
  await new Promise((resolve, reject) => {
    stream.on("data", (chunk: Uint8Array) => hash.update(chunk));
    stream.on("end", resolve).on("error", reject);
  });
  assert.equal(`sha256:${hash.digest("hex")}`, digest);
});

test("blob() fails where the registry sends something else", async () => {
  const { registry, client } = setUp();
  const digest = await registry.store.seedBlob("acme/app", BINARY);
  registry.store.repository("acme/app").blobs.set(digest, HELLO);
  await assert.rejects(client.blob(digest), { name: "DigestMismatchError" });
  await assert.rejects(client.blob("sha256:../../x"), SyntaxError);
});

test("blobExists() tells what is there", async () => {
  const { registry, client } = setUp();
  const digest = await registry.store.seedBlob("acme/app", HELLO);
  assert.equal(await client.blobExists(digest), true);
  assert.equal(await client.blobExists(`sha256:${"0".repeat(64)}`), false);
});

test("manifest() reads by tag and digest, an index too, and gives objects that may be changed", async () => {
  const { registry, client } = setUp();
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  const manifest = await client.manifest("1");
  assert.deepEqual(manifest, readDocument(registry.store, "acme/app", "1"));
  manifest.layers.push({ mediaType: "x", digest: "y", size: 1 });
  assert.equal((await client.manifest(digest)).layers.length, 2);
  await seedIndex(registry.store, "acme/app", "many", [{ os: "linux", architecture: "arm64" }]);
  assert.equal((await client.manifest("many")).manifests?.length, 2);
  await assert.rejects(client.manifest("missing"), { name: "NotFoundError" });
});

test("manifestUpload() writes under a tag, or under the digest alone", async () => {
  const { registry, client } = setUp();
  await seedImage(registry.store, "acme/app", "1");
  const manifest = await client.manifest("1");
  const tagged = await client.manifestUpload("2", manifest);
  assert.deepEqual(tagged.status, 201);
  assert.deepEqual(readDocument(registry.store, "acme/app", "2"), manifest);
  manifest["annotations"] = { a: "1" };
  const untagged = await client.manifestUpload(false, manifest);
  assert.deepEqual(readDocument(registry.store, "acme/app", untagged.digest), manifest);
  assert.deepEqual([...registry.store.repository("acme/app").tags.keys()], ["1", "2"]);
});

test("manifestUpload() sends bytes as they are, and gives an object the media type that ECR demands", async () => {
  const { registry, client } = setUp();
  await seedImage(registry.store, "acme/app", "1");
  const { mediaType: _, ...manifest } = readDocument(registry.store, "acme/app", "1");
  const bytes = new TextEncoder().encode(JSON.stringify(manifest, null, 2));
  const { digest } = await client.manifestUpload("2", bytes);
  assert.equal(digest, sha256(bytes));
  await client.manifestUpload("3", manifest);
  assert.equal(readDocument(registry.store, "acme/app", "3").mediaType, OCI_MANIFEST);
  await assert.rejects(client.manifestUpload("4", { schemaVersion: 1 }), SyntaxError);
});

test("tags() lists all pages", async () => {
  const { registry, client } = setUp();
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  for (let number = 0; number < 250; number++) {
    registry.store.repository("acme/app").tags.set(`t${number}`, digest);
  }
  const { tags, name } = await client.tags();
  assert.equal(tags.length, 251);
  assert.equal(name, "acme/app");
});

test("mount() takes a blob from another repository, or says that it cannot be had", async () => {
  const { registry, client } = setUp();
  const digest = await registry.store.seedBlob("acme/other", HELLO);
  assert.equal(await client.mount(digest, "acme/other"), true);
  assert.deepEqual(registry.store.repository("acme/app").blobs.get(digest), HELLO);
  const missing = `sha256:${"0".repeat(64)}`;
  assert.equal(await client.mount(missing, "acme/other", { optional: true }), false);
  await assert.rejects(client.mount(missing, "acme/other"), {
    message:
      `Cannot mount "${missing}" from "acme/other" into "acme/app": the registry does not do it`,
  });
  await assert.rejects(client.mount(digest, "acme/other", { throws: true } as MountOptions), {
    name: "TypeError",
  });
});

test("blob() fails for a blob that is not there, as a stream too", async () => {
  const { client } = setUp();
  for (const stream of [false, true]) {
    await assert.rejects(
      client.blob(HELLO_DIGEST, stream as true),
      /b94d27b9.*404|b94d27b9.*not there/s,
    );
  }
});

test("upload() takes a stream that can only be piped, from the moment of the call", async () => {
  const { client } = setUp();
  const old = new Stream();
  const stored = client.upload(old as unknown as UploadInput);
  old.emit("data", "hello ");
  old.emit("data", Buffer.from("world"));
  old.emit("end");
  assert.deepEqual(await stored, { contentLength: 11, digest: HELLO_DIGEST });
});

test("upload() refuses what is no blob", async () => {
  const { client } = setUp();
  await assert.rejects(client.upload(undefined as unknown as UploadInput), {
    name: "TypeError",
    message: /expected bytes, text or a stream, got undefined/,
  });
});

test("mount() asks for no more than reading the other repository", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer", anonymousPull: false } });
  const digest = await registry.store.seedBlob("acme/other", HELLO);
  const auth = { Username: USERNAME, Secret: PASSWORD };
  const options = { fetch: registry.fetch, host: {} };
  assert.equal(
    await new RegistryClient("registry.test", "acme/app", auth, options).mount(
      digest,
      "acme/other",
    ),
    true,
  );
  const asked = registry.requests.map(({ path }) => decodeURIComponent(path)).join("\n");
  assert.match(asked, /acme\/other:pull(?:&|\n|$)/);
  assert.doesNotMatch(asked, /acme\/other:pull,push/);
});

test("a client authenticates with a user and a secret, or with a token", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer", anonymousPull: false } });
  const options = { fetch: registry.fetch, host: {} };
  const open = (auth: ConstructorParameters<typeof RegistryClient>[2]): RegistryClient =>
    new RegistryClient("registry.test", "acme/app", auth, options);
  await open({ Username: USERNAME, Secret: PASSWORD }).upload(HELLO);
  assert.equal(await open({ Username: USERNAME, Secret: PASSWORD }).blobExists(HELLO_DIGEST), true);
  await assert.rejects(open({ token: "not-a-token" }).blob(HELLO_DIGEST));
  await assert.rejects(open({}).blob(HELLO_DIGEST));
  const sent = registry.requests.map(({ headers }) => headers["authorization"] ?? "");
  assert.ok(sent.includes("Bearer not-a-token"));
  assert.ok(!sent.some((header) => header.includes("undefined")));
});

test("a client refuses names that are none", () => {
  for (
    const [registry, repository] of [["a/b", "c"], ["user@host", "c"], ["host", "../c"], [
      "host",
      "C",
    ]]
  ) {
    assert.throws(() => new RegistryClient(registry ?? "", repository ?? ""), SyntaxError);
  }
});
