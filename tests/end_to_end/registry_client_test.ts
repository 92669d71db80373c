/** The registry client against registries that other people wrote, over connections that break. */

import assert from "node:assert/strict";
import { collectBytes } from "../../lib/base/collect.ts";
import { RegistryError } from "../../lib/registry/http/registry_error.ts";
import { Registries } from "../../lib/registry/registries.ts";
import { randomBytes, testSource } from "../registry/blob_sources.ts";
import { withCuttingProxy } from "./cutting_proxy.ts";
import { testWith } from "./program.ts";
import { REGISTRIES } from "./registries.ts";

/** More than a runtime and a kernel hold of an upload on its way. */
const BUFFER_SIZE = 16 * 1024 * 1024;
/** Larger than what is kept in memory, so that it streams. */
const SIZE = 18_000_000;

for (const { name, programs, withPlace, resumes, sharesBlobs } of REGISTRIES) {
  const withThis = (action: (port: number) => Promise<void>): Promise<void> =>
    withPlace(({ url }) => action(Number(new URL(url).port)));
  const open = (port: number, repository = "acme/app") =>
    new Registries({ plainHttp: true, bufferSize: BUFFER_SIZE, random: () => 0.2 })
      .open(`127.0.0.1:${port}`, repository, "push");

  testWith(
    programs,
    `${name}: blobs of every size arrive and come back`,
    () =>
      withThis(async (port) => {
        const repository = open(port);
        for (const size of [0, 1, 100_000, BUFFER_SIZE, SIZE]) {
          const bytes = randomBytes(size, size + 1);
          const blob = await repository.putBlob(testSource(bytes, { chunkSize: 60_000 }));
          assert.equal(blob.uploaded, true);
          assert.deepEqual(await collectBytes(repository.getBlob(blob)), bytes);
          assert.equal((await repository.putBlob(testSource(bytes))).uploaded, size > BUFFER_SIZE);
        }
      }),
  );

  for (const replayable of [true, false]) {
    const kind = replayable ? "a file" : "a pipe";
    testWith(
      programs,
      `${name}: an upload from ${kind} over connections that break is right or fails`,
      () =>
        withThis(async (port) => {
          for (const after of [100_000, 9_000_000, 17_000_000]) {
            await withCuttingProxy({ port, after, times: 2 }, async (proxy) => {
              const bytes = randomBytes(SIZE, after);
              const source = testSource(bytes, { replayable, chunkSize: 60_000 });
              const put = open(proxy).putBlob(source);
              try {
                const blob = await put;
                assert.deepEqual(await collectBytes(open(port).getBlob(blob)), bytes);
              } catch (error) {
                // A session that is forgotten is the end of an upload that is past what is kept.
                const mayFail = !replayable && !resumes;
                if (!mayFail || !(error instanceof RegistryError)) throw error;
                assert.match(error.message, /because its source can be read only once$/);
              }
            });
          }
        }),
    );
  }

  testWith(
    programs,
    `${name}: a blob is mounted, and tags are listed`,
    () =>
      withThis(async (port) => {
        const registries = new Registries({ plainHttp: true });
        const host = `127.0.0.1:${port}`;
        const base = registries.open(host, "vendor/base", "push");
        const app = registries.open(host, "acme/app", "push");
        const blob = await base.putBlob(testSource(randomBytes(1_000)));
        assert.equal(await app.hasBlob(blob.digest), sharesBlobs);
        assert.equal(await app.mountBlob(blob, base), !sharesBlobs);
        assert.equal(await app.hasBlob(blob.digest), true);
        const mediaType = "application/vnd.oci.image.index.v1+json";
        const bytes = new TextEncoder().encode(
          JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] }),
        );
        const { digest } = await app.putBlob(testSource(bytes));
        for (const tag of ["b", "a", "c"]) await app.putManifest(tag, { bytes, mediaType, digest });
        const tags: string[] = [];
        for await (const tag of app.tags()) tags.push(tag);
        assert.deepEqual(tags.sort(), ["a", "b", "c"]);
        assert.equal(await app.headManifest("a"), digest);
        assert.deepEqual(await app.getManifest(digest), { bytes, mediaType, digest });
        assert.equal(await app.headManifest("none"), undefined);
      }),
  );
}
