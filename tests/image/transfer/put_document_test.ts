import assert from "node:assert/strict";
import { test } from "node:test";
import { createLimiter } from "../../../lib/base/limiter.ts";
import { runTasks } from "../../../lib/base/task_group.ts";
import { copyEntry } from "../../../lib/image/transfer/copy_contents.ts";
import { walkDocuments } from "../../../lib/image/index/index_walk.ts";
import { type CopyContext, createCopyContext } from "../../../lib/image/transfer/copy_context.ts";
import { putDocument } from "../../../lib/image/transfer/put_document.ts";
import { openLayout } from "../../../lib/layout/layout_repository.ts";
import type { Document } from "../../../lib/oci/blob_reference.ts";
import type { Repository } from "../../../lib/storage/repository.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { documentOf, fakeDescriptor } from "../../oci/documents.ts";
import { bytesSource } from "../../../lib/storage/blob_source.ts";

/** An image in a layout. */
async function setUp(): Promise<{ source: Repository; document: Document }> {
  const source = openLayout(createMemoryDirectory("source"));
  const put = async (text: string, mediaType: string): Promise<Record<string, unknown>> => {
    const { digest, size } = await source.putBlob(bytesSource(new TextEncoder().encode(text)));
    return { mediaType, digest, size };
  };
  const document = await documentOf({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: await put("config", "application/vnd.oci.image.config.v1+json"),
    layers: [
      await put("layer", "application/vnd.oci.image.layer.v1.tar"),
      {
        ...fakeDescriptor("application/vnd.oci.image.layer.nondistributable.v1.tar", "f"),
        urls: ["https://elsewhere.test"],
      },
    ],
  });
  await source.putManifest("1", document);
  return { source, document };
}

/** A target that misses blobs: it says so for as long as it has not got them. */
function forgetful(code: string): { target: Repository; puts: () => number } {
  const layout = openLayout(createMemoryDirectory("target"));
  let puts = 0;
  const target: Repository = {
    name: "target",
    getManifest: (reference) => layout.getManifest(reference),
    headManifest: (reference) => layout.headManifest(reference),
    hasBlob: (digest) => layout.hasBlob(digest),
    getBlob: (blob) => layout.getBlob(blob),
    putBlob: (source, options) => layout.putBlob(source, options),
    referrers: () => Promise.resolve(undefined),
    tags: () => layout.tags(),
    isSame: () => false,
    canMount: () => true,
    // It says that it has them, and has not.
    mountBlob: () => Promise.resolve(true),
    async putManifest(reference, document): Promise<void> {
      puts++;
      const { config, layers } = JSON.parse(new TextDecoder().decode(document.bytes));
      if (!await layout.hasBlob(config.digest) || !await layout.hasBlob(layers[0].digest)) {
        const errors = [{ code, message: "", detail: "" }];
        throw new RegistryError("refused", { method: "PUT", url: "", status: 400, errors });
      }
      await layout.putManifest(reference, document);
    },
  };
  return { target, puts: () => puts };
}

function copying(
  source: Repository,
  target: Repository,
  action: (context: CopyContext) => Promise<void>,
): Promise<void> {
  return runTasks(undefined, async (group) => {
    await action(createCopyContext({ source, target, group, limit: createLimiter(2) }));
  });
}

function put(source: Repository, target: Repository, document: Document): Promise<void> {
  return copying(source, target, (context) => putDocument("2", document, context));
}

for (const code of ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_INVALID"]) {
  test(`putDocument() copies what a target misses when it answers ${code}, and puts once more`, async () => {
    const { source, document } = await setUp();
    const { target, puts } = forgetful(code);
    await put(source, target, document);
    assert.equal(puts(), 2);
    assert.deepEqual(await target.getManifest("2"), document);
  });
}

test("putDocument() sends what a target says to have and misses all the same, once", async () => {
  const { source, document } = await setUp();
  const { target, puts } = forgetful("MANIFEST_BLOB_UNKNOWN");
  let sent = 0;
  const haunted: Repository = {
    ...target,
    hasBlob: () => Promise.resolve(true),
    putBlob(blob, options): ReturnType<Repository["putBlob"]> {
      sent++;
      assert.equal(options?.probe, false, "it is not asked again");
      return target.putBlob(blob, options);
    },
  };
  await put(source, haunted, document);
  assert.equal(puts(), 3);
  assert.equal(sent, 2);
  assert.deepEqual(await target.getManifest("2"), document);
});

test("putDocument() passes any other refusal on", async () => {
  const { source, document } = await setUp();
  const { target, puts } = forgetful("DENIED");
  await assert.rejects(put(source, target, document), {
    name: "RegistryError",
    message: "refused",
  });
  assert.equal(puts(), 1);
});

test("putDocument() does not copy for an index, whose images are put before it", async () => {
  const { source } = await setUp();
  const index = await documentOf(
    { schemaVersion: 2, manifests: [] },
    "application/vnd.oci.image.index.v1+json",
  );
  const { target } = forgetful("MANIFEST_BLOB_UNKNOWN");
  const refusing: Repository = {
    ...target,
    putManifest(): Promise<never> {
      const errors = [{ code: "MANIFEST_BLOB_UNKNOWN", message: "", detail: "" }];
      return Promise.reject(new RegistryError("refused", { method: "PUT", url: "", errors }));
    },
  };
  await assert.rejects(put(source, refusing, index), /refused/);
});

test("copyEntry() refuses a manifest that is not as long as the index says", async () => {
  const { source, document } = await setUp();
  const { target } = forgetful("DENIED");
  const { digest, mediaType, bytes } = document;
  const entry = { digest, mediaType, size: bytes.length + 1 };
  await assert.rejects(
    copying(
      source,
      target,
      (context) => copyEntry(entry, walkDocuments(source, undefined), context),
    ),
    { name: "SyntaxError", message: /expected \d+ bytes, got \d+$/ },
  );
});
