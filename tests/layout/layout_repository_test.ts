import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { openLayout } from "../../lib/layout/layout_repository.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { makeDocument } from "../../lib/oci/document.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import type { Document } from "../../lib/oci/blob_reference.ts";
import { createTransfer } from "../../lib/storage/transfer.ts";
import { documentOf, fakeDescriptor, fakeManifest } from "../oci/documents.ts";
import { createMemoryDirectory, type MemoryDirectory } from "./memory_directory.ts";

const CONTENT: Bytes = new Uint8Array(5_000).map((_, index) => index % 251);
const REF_NAME = "org.opencontainers.image.ref.name";

function source(content: Bytes, known: Partial<BlobSource> = {}): BlobSource {
  async function* open(): ByteStream {
    for (let offset = 0; offset < content.length; offset += 999) {
      yield await Promise.resolve(content.slice(offset, offset + 999));
    }
  }
  return { replayable: true, open, ...known };
}

/** `Array.fromAsync`, which Node 20 lacks. */
async function listAll<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

function pathOf(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function json(directory: MemoryDirectory, path: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(directory.files.get(path)));
}

function write(directory: MemoryDirectory, path: string, value: unknown): void {
  directory.files.set(path, new TextEncoder().encode(JSON.stringify(value)));
}

/** A manifest that differs from others by one digit. */
function image(digit: string): Promise<Document> {
  return makeDocument(fakeManifest("oci", digit) as { schemaVersion: 2 }, OCI_MANIFEST);
}

/** A layout with one image for each entry's annotations. */
async function layoutOf(...entries: (Record<string, string> | undefined)[]): Promise<{
  directory: MemoryDirectory;
  images: Document[];
}> {
  const directory = createMemoryDirectory();
  const images = await Promise.all(entries.map((_, index) => image(String(index))));
  for (const { digest, bytes } of images) directory.files.set(pathOf(digest), bytes);
  write(directory, "oci-layout", { imageLayoutVersion: "1.0.0" });
  write(directory, "index.json", {
    schemaVersion: 2,
    manifests: images.map(({ digest, bytes, mediaType }, index) => ({
      mediaType,
      digest,
      size: bytes.length,
      ...(entries[index] === undefined ? {} : { annotations: entries[index] }),
    })),
  });
  return { directory, images };
}

test("putBlob() stores content under its digest", async () => {
  const directory = createMemoryDirectory();
  const transfer = createTransfer();
  const stored = await openLayout(directory, { transfer }).putBlob(source(CONTENT));
  const digest = await digestOf(CONTENT);
  assert.deepEqual(stored, { digest, size: CONTENT.length, uploaded: true });
  assert.deepEqual(directory.files.get(pathOf(digest)), CONTENT);
  assert.equal(transfer.bytesUploaded, CONTENT.length);
  assert.equal(directory.pending, 0);
});

test("putBlob() and putManifest() do not trust what has the right size and the wrong content", async () => {
  const wrong = CONTENT.slice().fill(0);
  const digest = await digestOf(CONTENT);
  for (const known of [{ digest, size: CONTENT.length }, {}]) {
    const directory = createMemoryDirectory();
    directory.files.set(pathOf(digest), wrong);
    const layout = openLayout(directory);
    const stored = await layout.putBlob({ ...source(CONTENT), ...known });
    assert.deepEqual(stored, { digest, size: CONTENT.length, uploaded: true });
    assert.deepEqual(directory.files.get(pathOf(digest)), CONTENT);
    assert.equal((await layout.putBlob({ ...source(CONTENT), ...known })).uploaded, false);
  }
  const directory = createMemoryDirectory();
  const document = await image("1");
  directory.files.set(pathOf(document.digest), new Uint8Array(document.bytes.length));
  await openLayout(directory).putManifest("1", document);
  assert.deepEqual(directory.files.get(pathOf(document.digest)), document.bytes);
});

test("putBlob() stores an empty blob", async () => {
  const directory = createMemoryDirectory();
  const { digest } = await openLayout(directory).putBlob(source(new Uint8Array()));
  assert.equal(directory.files.get(pathOf(digest))?.length, 0);
});

test("putBlob() does not read what is there already", async () => {
  const directory = createMemoryDirectory();
  const layout = openLayout(directory);
  const { digest, size } = await layout.putBlob(source(CONTENT));
  const open = () => assert.fail("read");
  for (const known of [{ digest, size }, { digest }]) {
    const again = await layout.putBlob({ replayable: true, open, ...known });
    assert.deepEqual(again, { digest, size, uploaded: false });
  }
  assert.equal((await layout.putBlob(source(CONTENT))).uploaded, false);
  assert.equal(directory.pending, 0);
});

test("putBlob() replaces a file that was cut short", async () => {
  const directory = createMemoryDirectory();
  const digest = await digestOf(CONTENT);
  directory.files.set(pathOf(digest), CONTENT.slice(1));
  const known = { digest, size: CONTENT.length };
  assert.equal((await openLayout(directory).putBlob(source(CONTENT, known))).uploaded, true);
  assert.deepEqual(directory.files.get(pathOf(digest)), CONTENT);
});

test("putBlob() leaves nothing behind where content is not what was promised", async () => {
  const digest = await digestOf(CONTENT);
  const wrong = [
    source(CONTENT.slice(1), { digest }),
    source(CONTENT.slice(1), { digest, size: CONTENT.length }),
    source(CONTENT, { digest, size: CONTENT.length - 1 }),
  ];
  for (const blob of wrong) {
    const directory = createMemoryDirectory();
    await assert.rejects(openLayout(directory).putBlob(blob), { name: "DigestMismatchError" });
    assert.deepEqual([directory.files.size, directory.pending], [0, 0]);
  }
});

test("putBlob() leaves nothing behind where the source fails", async () => {
  const directory = createMemoryDirectory();
  async function* open(): ByteStream {
    yield await Promise.resolve(CONTENT);
    throw new Error("cut");
  }
  await assert.rejects(openLayout(directory).putBlob({ replayable: false, open }), /cut/);
  assert.deepEqual([directory.files.size, directory.pending], [0, 0]);
});

test("putBlob() ends with the signal's reason", async () => {
  const directory = createMemoryDirectory();
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  const { signal } = controller;
  await assert.rejects(
    openLayout(directory).putBlob(source(CONTENT), { signal, onProgress }),
    /enough/,
  );
  await assert.rejects(openLayout(directory).putBlob(source(CONTENT), { signal }), /enough/);
  assert.deepEqual([directory.files.size, directory.pending], [0, 0]);
});

test("putBlob() ends at once where the source is stuck", async () => {
  const directory = createMemoryDirectory();
  const controller = new AbortController();
  async function* open(): ByteStream {
    yield await Promise.resolve(CONTENT);
    await new Promise(() => {});
  }
  const onProgress = () => queueMicrotask(() => controller.abort(new Error("enough")));
  const options = { signal: controller.signal, onProgress };
  await assert.rejects(
    openLayout(directory).putBlob({ replayable: false, open }, options),
    /enough/,
  );
  assert.deepEqual([directory.files.size, directory.pending], [0, 0]);
});

test("getBlob() gives back what putBlob() stored", async () => {
  const directory = createMemoryDirectory();
  const transfer = createTransfer();
  const layout = openLayout(directory, { transfer });
  const { digest, size } = await layout.putBlob(source(CONTENT));
  const descriptor: Descriptor = { mediaType: "x", digest, size };
  assert.deepEqual(await collectBytes(layout.getBlob(descriptor)), CONTENT);
  assert.equal(transfer.bytesDownloaded, CONTENT.length);
  assert(await layout.hasBlob(digest));
});

test("blobs with a sha512 digest are stored and read under it", async () => {
  const directory = createMemoryDirectory();
  const layout = openLayout(directory);
  const digest = await digestOf(CONTENT, "sha512");
  const stored = await layout.putBlob(source(CONTENT, { digest }));
  assert.deepEqual(stored, { digest, size: CONTENT.length, uploaded: true });
  assert.ok(directory.files.has(pathOf(digest)));
  assert.deepEqual(await collectBytes(layout.getBlob({ digest })), CONTENT);
  const other = source(CONTENT.slice(1), { digest: await digestOf(CONTENT.slice(2), "sha512") });
  await assert.rejects(layout.putBlob(other), { name: "DigestMismatchError" });
});

test("getBlob() throws at the end of content that was changed on the disk", async () => {
  const directory = createMemoryDirectory();
  const layout = openLayout(directory);
  const { digest, size } = await layout.putBlob(source(CONTENT));
  directory.files.set(pathOf(digest), CONTENT.map((byte) => byte ^ 1));
  await assert.rejects(collectBytes(layout.getBlob({ mediaType: "x", digest, size })), {
    name: "DigestMismatchError",
    message: /^Cannot read blob "sha256:\w+" from "oci:memory": expected sha256:/,
  });
});

test("getBlob() throws where there is no blob", async () => {
  const layout = openLayout(createMemoryDirectory());
  assert.equal(await layout.hasBlob(fakeDescriptor("x", "1").digest), false);
  await assert.rejects(collectBytes(layout.getBlob(fakeDescriptor("x", "1"))), /it is not there/);
});

test("no operation lets a digest that is not one become a path", async () => {
  const layout = openLayout(createMemoryDirectory());
  const digest = "sha256:../../../etc/passwd" as Digest;
  await assert.rejects(layout.hasBlob(digest), SyntaxError);
  await assert.rejects(
    collectBytes(layout.getBlob({ mediaType: "x", digest, size: 1 })),
    SyntaxError,
  );
  await assert.rejects(layout.putBlob(source(CONTENT, { digest })), SyntaxError);
});

test("putManifest() creates a layout with the image under its tag", async () => {
  const directory = createMemoryDirectory();
  const layout = openLayout(directory);
  const document = await image("1");
  await layout.putManifest("v1", document);
  assert.deepEqual(json(directory, "oci-layout"), { imageLayoutVersion: "1.0.0" });
  assert.deepEqual(json(directory, "index.json"), {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [{
      mediaType: OCI_MANIFEST,
      digest: document.digest,
      size: document.bytes.length,
      annotations: { [REF_NAME]: "v1" },
    }],
  });
  assert.deepEqual(await layout.getManifest("v1"), document);
  assert.deepEqual(await layout.getManifest(document.digest), document);
  assert.equal(await layout.headManifest("v1"), document.digest);
});

test("putManifest() by tag replaces that entry alone, and keeps unknown fields", async () => {
  const { directory, images } = await layoutOf(
    { [REF_NAME]: "a", x: "1" },
    { [REF_NAME]: "b" },
    undefined,
  );
  const before = json(directory, "index.json");
  before["x-unknown"] = [1];
  write(directory, "index.json", before);
  const layout = openLayout(directory);
  const changed = await image("9");
  await layout.putManifest("b", changed);
  const entries = before["manifests"] as unknown[];
  const { bytes, ...rest } = changed;
  entries[1] = { ...rest, size: bytes.length, annotations: { [REF_NAME]: "b" } };
  assert.deepEqual(json(directory, "index.json"), { ...before, manifests: entries });
  assert.deepEqual(await layout.getManifest("a"), images[0]);
});

test("putManifest() by tag keeps the image's names, and nothing that was said of the old image", async () => {
  const name = "io.containerd.image.name";
  const { directory } = await layoutOf(
    { [name]: "docker.io/library/foo:1", [REF_NAME]: "1", created: "2020" },
    { [name]: "docker.io/library/foo:2" },
    { [name]: `docker.io/library/foo:3@${fakeDescriptor("x", "1").digest}` },
  );
  const layout = openLayout(directory);
  const changed = await image("9");
  for (const tag of ["1", "2", "3", "4"]) await layout.putManifest(tag, changed);
  const entries = json(directory, "index.json")["manifests"] as Descriptor[];
  assert.deepEqual(entries.map(({ annotations }) => annotations), [
    { [name]: "docker.io/library/foo:1", [REF_NAME]: "1" },
    { [name]: "docker.io/library/foo:2", [REF_NAME]: "2" },
    // A name with a digest is the old image's alone.
    { [REF_NAME]: "3" },
    { [REF_NAME]: "4" },
  ]);
  assert.ok(entries.every(({ digest }) => digest === changed.digest));
});

test("putManifest() by digest stores the image and lists it nowhere", async () => {
  const directory = createMemoryDirectory();
  const layout = openLayout(directory);
  const document = await image("1");
  await layout.putManifest(document.digest, document);
  assert.deepEqual(json(directory, "index.json")["manifests"], []);
  assert.deepEqual(await layout.getManifest(document.digest), document);
  assert.equal(await layout.headManifest(document.digest), document.digest);
  await layout.putManifest(document.digest, document);
  assert.deepEqual(await listAll(layout.tags()), []);
});

test("putManifest() refuses a document under another's digest", async () => {
  const layout = openLayout(createMemoryDirectory());
  const document = await image("1");
  const other = await image("2");
  await assert.rejects(layout.putManifest(other.digest, document), { name: "DigestMismatchError" });
  await assert.rejects(layout.putManifest("1", { ...document, digest: other.digest }), {
    name: "DigestMismatchError",
  });
});

test("putManifest() of many tags at a time loses none", async () => {
  const directory = createMemoryDirectory();
  const documents = await Promise.all(["1", "2", "3", "4", "5"].map(image));
  await Promise.all(
    documents.map((document, index) => openLayout(directory).putManifest(`v${index}`, document)),
  );
  const tags = await listAll(openLayout(directory).tags());
  assert.deepEqual(tags.sort(), ["v0", "v1", "v2", "v3", "v4"]);
});

test("getManifest() of a nested image finds out its media type", async () => {
  const { directory } = await layoutOf();
  const nested = await documentOf({ schemaVersion: 2, manifests: [] }, OCI_INDEX);
  directory.files.set(pathOf(nested.digest), nested.bytes);
  assert.deepEqual(await openLayout(directory).getManifest(nested.digest), nested);
});

test("getManifest() without a tag takes the only image", async () => {
  for (const annotations of [undefined, { [REF_NAME]: "v1" }]) {
    const { directory, images } = await layoutOf(annotations);
    assert.deepEqual(await openLayout(directory).getManifest(""), images[0]);
  }
});

test("getManifest() takes the only image for latest if it has no name", async () => {
  const { directory, images } = await layoutOf(undefined);
  assert.deepEqual(await openLayout(directory).getManifest("latest"), images[0]);
  const named = await layoutOf({ [REF_NAME]: "v1" });
  await assert.rejects(openLayout(named.directory).getManifest("latest"), {
    message: 'Cannot read "oci:memory:latest": it is not there; its tags are v1',
  });
});

test("getManifest() without a tag takes latest among several, and else says which there are", async () => {
  const { directory, images } = await layoutOf({ [REF_NAME]: "v1" }, { [REF_NAME]: "latest" });
  assert.deepEqual(await openLayout(directory).getManifest(""), images[1]);
  const other = await layoutOf({ [REF_NAME]: "v1" }, { [REF_NAME]: "v2\u001b[31m" });
  await assert.rejects(openLayout(other.directory).getManifest(""), {
    message: 'Cannot read "oci:memory": it is not there; its tags are v1, v2[31m',
  });
  const nameless = await layoutOf(undefined, undefined);
  await assert.rejects(
    openLayout(nameless.directory).getManifest(""),
    /several images without tags/,
  );
});

test("getManifest() reads the names that containerd writes", async () => {
  const name = "io.containerd.image.name";
  const { directory, images } = await layoutOf(
    { [name]: "docker.io/library/a:v1" },
    { [name]: "localhost:5000/a" },
    { [name]: "docker.io/library/b:v2", [REF_NAME]: "v3" },
  );
  const layout = openLayout(directory);
  assert.deepEqual(await layout.getManifest("v1"), images[0]);
  assert.deepEqual(await layout.getManifest("v3"), images[2]);
  assert.deepEqual(await listAll(layout.tags()), ["v1", "v3"]);
});

test("getManifest() refuses to choose between images of the same name", async () => {
  const { directory } = await layoutOf({ [REF_NAME]: "v1" }, { [REF_NAME]: "v1" });
  await assert.rejects(openLayout(directory).getManifest("v1"), /several go by the tag "v1"/);
});

test("putManifest() refuses a tag that different images or names go by", async () => {
  const name = "io.containerd.image.name";
  const { directory } = await layoutOf(
    { [REF_NAME]: "1", [name]: "docker.io/library/a:1" },
    { [REF_NAME]: "1", [name]: "docker.io/library/b:1" },
    { [REF_NAME]: "2", [name]: "docker.io/library/a:2" },
    { [REF_NAME]: "2", [name]: "docker.io/library/b:2" },
    { [REF_NAME]: "3" },
    { [REF_NAME]: "3" },
  );
  const index = json(directory, "index.json");
  const manifests = index["manifests"] as Record<string, unknown>[];
  // One image under two names, and one that is listed twice.
  Object.assign(manifests[3] ?? {}, { digest: manifests[2]?.["digest"] });
  Object.assign(manifests[5] ?? {}, { digest: manifests[4]?.["digest"] });
  write(directory, "index.json", index);
  const layout = openLayout(directory);
  for (const tag of ["1", "2"]) {
    await assert.rejects(layout.putManifest(tag, await image("9")), {
      name: "RangeError",
      message: `Cannot tag an image of the layout: several go by the tag "${tag}"`,
    });
  }
  assert.deepEqual(json(directory, "index.json"), index);
  await layout.putManifest("3", await image("9"));
  assert.equal((json(directory, "index.json")["manifests"] as unknown[]).length, 5);
});

test("getManifest() verifies what it reads", async () => {
  const { directory, images: [first] } = await layoutOf({ [REF_NAME]: "v1" });
  assert(first);
  directory.files.set(pathOf(first.digest), (await image("7")).bytes);
  for (const reference of ["v1", first.digest]) {
    await assert.rejects(openLayout(directory).getManifest(reference), {
      name: "DigestMismatchError",
    });
  }
});

test("reading where there is no layout says so", async () => {
  const layout = openLayout(createMemoryDirectory("some/dir"));
  const message = 'Cannot read "oci:some/dir": there is no OCI image layout';
  await assert.rejects(layout.getManifest("1"), { message });
  await assert.rejects(listAll(layout.tags()), { message });
  assert.equal(await layout.headManifest("1"), undefined);
});

test("a layout of another version, or that is none, is refused", async () => {
  const { directory } = await layoutOf({ [REF_NAME]: "v1" });
  write(directory, "oci-layout", { imageLayoutVersion: "2.0.0" });
  await assert.rejects(openLayout(directory).getManifest("v1"), /version 1, got "2.0.0"/);
  write(directory, "oci-layout", { imageLayoutVersion: "1.1.0" });
  write(directory, "index.json", { manifests: "x" });
  await assert.rejects(openLayout(directory).getManifest("v1"), /manifests are not a list/);
});

test("a layout without its version file is read", async () => {
  const { directory, images } = await layoutOf({ [REF_NAME]: "v1" });
  directory.files.delete("oci-layout");
  assert.deepEqual(await openLayout(directory).getManifest("v1"), images[0]);
});

test("isSame() knows the directory, and canMount() and mountBlob() leave it to a copy", async () => {
  const layout = openLayout(createMemoryDirectory("a"));
  assert(layout.isSame(openLayout(createMemoryDirectory("a"))));
  const other = openLayout(createMemoryDirectory("b"));
  assert(!layout.isSame(other));
  assert.equal(layout.canMount(other), false);
  assert.equal(await layout.mountBlob(fakeDescriptor("x", "1"), other), false);
});
