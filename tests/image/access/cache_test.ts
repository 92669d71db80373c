import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { inspectImage } from "../../../lib/image/verbs/inspect.ts";
import type { CacheStore } from "../../../lib/storage/cache_store.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { seedImage } from "../fake_images.ts";

test("nothing is read from the cache or written to it where it is not to be used", async () => {
  const { store, fetch } = createFakeRegistry({ auth: { kind: "bearer" } });
  await seedImage(store, "acme/app", "1");
  const kept = memoryStore();
  const asked: string[] = [];
  const cache: CacheStore = {
    get: (name) => {
      asked.push(`get ${name}`);
      return kept.get(name);
    },
    put: (name, bytes) => {
      asked.push(`put ${name}`);
      return kept.put(name, bytes);
    },
  };
  const credentials = { "registry.test": { username: USERNAME, password: PASSWORD } };
  const options = { fetch, credentials, host: { cache } };
  const image = "registry.test/acme/app:1";
  await inspectImage(image, { ...options, cache: false });
  const file = { path: "a", type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  const target = "registry.test/acme/app:2";
  await appendLayer(image, target, { ...options, cache: false, layers: [writeTar([file])] });
  assert.equal(asked.join(), "");
  await inspectImage(image, options);
  assert.ok(asked.some((one) => one.startsWith("put challenge")), asked.join());
});
