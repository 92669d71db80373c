/** What is not there is told by one error, wherever images are kept. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { dryRunRepository } from "../../../lib/image/access/dry_run.ts";
import { scratchRepository } from "../../../lib/image/access/scratch.ts";
import { openLayout } from "../../../lib/layout/layout_repository.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";
import type { Repository } from "../../../lib/storage/repository.ts";
import { NotFoundError } from "../../../lib/storage/not_found_error.ts";
import { createTransfer } from "../../../lib/storage/transfer.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { createClient } from "../../registry/client.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;

const PLACES: Readonly<Record<string, () => Repository | Promise<Repository>>> = {
  "a registry": () => createClient().repository,
  "a layout": () => openLayout(createMemoryDirectory("dir")),
  "a dry run": () =>
    dryRunRepository(createClient().repository, {
      createHasher: createSha256,
      transfer: createTransfer(),
    }),
  scratch: () => scratchRepository([]),
};

for (const [place, open] of Object.entries(PLACES)) {
  test(`a manifest and a blob that are not in ${place} are a NotFoundError`, async () => {
    const repository = await open();
    await assert.rejects(repository.getManifest("missing"), NotFoundError);
    await assert.rejects(repository.getManifest(DIGEST), NotFoundError);
    const blob = { mediaType: "application/octet-stream", digest: DIGEST, size: 10 };
    await assert.rejects(collectBytes(repository.getBlob(blob)), {
      name: "NotFoundError",
      message: /^Cannot (find|read) blob "sha256:a{64}"/,
    });
  });
}

test("a layout that is not there, and a repository without tags, are a NotFoundError", async () => {
  const places = [
    openLayout(createMemoryDirectory("dir")),
    createClient({
      faults: [{ path: /tags\/list/, action: { kind: "status", status: 404 } }],
    }).repository,
  ];
  for (const repository of places) {
    await assert.rejects(async () => {
      for await (const _ of repository.tags());
    }, NotFoundError);
  }
});

test("a NotFoundError of a registry has the answer as its cause, and no other refusal is one", async () => {
  const { repository } = createClient({
    faults: [{ path: /manifests\/secret/, action: { kind: "status", status: 403 } }],
  });
  await assert.rejects(repository.getManifest("missing"), ({ cause }: Error) => {
    assert.ok(cause instanceof RegistryError);
    assert.equal(cause.status, 404);
    assert.deepEqual(cause.codes, ["MANIFEST_UNKNOWN"]);
    return true;
  });
  await assert.rejects(repository.getManifest("secret"), { name: "RegistryError", status: 403 });
});
