import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import type { FakeStore } from "../../fake_registry/store.ts";
import { readImage, seedImage, tarOf } from "../fake_images.ts";
import { memoryStore } from "../../storage/memory_store.ts";

/** A registry with an image, and what is remembered from run to run. */
interface CachedSetting {
  readonly store: FakeStore;
  readonly kept: Map<string, Bytes>;
  /** The name of the base's config in the cache. */
  readonly name: string;
  /** Appends; tells how often the config was asked for, and how many steps waited for each other. */
  append(options?: Partial<AppendOptions>): Promise<[asked: number, steps: number]>;
}

async function createSetting(): Promise<CachedSetting> {
  const { store, fetch, requests } = createFakeRegistry({ lockstep: true });
  await seedImage(store, "acme/app", "1");
  const { digest } = readImage(store, "acme/app", "1").manifest.config;
  const cache = memoryStore();
  const { kept } = cache;
  async function append(options: Partial<AppendOptions> = {}): Promise<[number, number]> {
    requests.length = 0;
    await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
      layers: [tarOf("hello.txt", "hello")],
      created: new Date(0),
      host: { cache },
      fetch,
      ...options,
    });
    const asked = requests.filter(({ path }) => path.endsWith(`/blobs/${digest}`));
    const first = requests[0]?.step ?? 0;
    return [asked.length, 1 + Math.max(...requests.map(({ step }) => step)) - first];
  }
  return { store, kept, append, name: `config ${digest}` };
}

test("a base's config is asked for once, and remembered for later runs, which take a step less", async () => {
  const { store, kept, append, name } = await createSetting();
  const [asked, steps] = await append();
  assert.equal(asked, 1);
  assert.ok(kept.has(name));
  const first = readImage(store, "acme/app", "2");
  assert.deepEqual(await append(), [0, steps - 1]);
  assert.deepEqual(readImage(store, "acme/app", "2"), first);
});

test("a base's config is neither remembered nor recalled where the cache is not to be used", async () => {
  const { kept, append, name } = await createSetting();
  assert.equal((await append({ cache: false }))[0], 1);
  assert.equal(kept.has(name), false);
  await append();
  assert.equal((await append({ cache: false }))[0], 1);
});

test("a remembered config that is not what its digest says is asked for anew", async () => {
  const { store, kept, append, name } = await createSetting();
  await append();
  const right = kept.get(name);
  const after = readImage(store, "acme/app", "2");
  kept.set(name, new TextEncoder().encode('{"config":{"User":"other"}}'));
  assert.equal((await append())[0], 1);
  assert.deepEqual(readImage(store, "acme/app", "2"), after);
  assert.deepEqual(kept.get(name), right);
});
