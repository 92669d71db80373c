import assert from "node:assert/strict";
import { test } from "node:test";
import { webArchives } from "../../lib/archive/web_archives.ts";
import { copyImage } from "../../lib/image/verbs/copy.ts";
import { inspectImage } from "../../lib/image/verbs/inspect.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import { seedImage } from "../image/fake_images.ts";

test("webArchives() writes an image to a stream, and reads it from a Blob and from a stream", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const [file, made] = await Promise.all([
    new Response(readable).blob(),
    copyImage("registry.test/acme/app:1", "docker-archive:-:app:1", {
      fetch,
      host: { archives: webArchives({ output: writable }) },
    }),
  ]);
  for (const input of [file, file.stream()]) {
    const host = { archives: webArchives({ input }) };
    const { digest } = await inspectImage("docker-archive:-:app:1", { host });
    assert.equal(digest, made.digest);
  }
});

test("webArchives() aborts a stream that was begun, and knows no other path", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const pending = await webArchives({ output: writable }).create("-");
  const read = assert.rejects(new Response(readable).blob());
  await pending.write(new Uint8Array(10));
  await pending.discard();
  await pending.discard();
  await read;
  const options = { host: { archives: webArchives({}) } };
  await assert.rejects(inspectImage("docker-archive:a", options), /there is only "-"/);
  await assert.rejects(inspectImage("docker-archive:-", options), /there is no such file/);
});
