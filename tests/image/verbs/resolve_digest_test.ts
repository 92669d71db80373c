import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import {
  resolveDigest,
  type ResolveDigestOptions,
} from "../../../lib/image/verbs/resolve_digest.ts";
import { createFakeRegistry, type FakeRegistry } from "../../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { seedImage, seedIndex, seedIndexOf, tarOf } from "../fake_images.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM_V6 = { os: "linux", architecture: "arm", variant: "v6" };
const ARM_V7 = { os: "linux", architecture: "arm", variant: "v7" };
const IMAGE = "registry.test/acme/app:1";

function resolve(
  { fetch }: Pick<FakeRegistry, "fetch">,
  options: ResolveDigestOptions = {},
): Promise<string> {
  return resolveDigest(IMAGE, { fetch, host: {}, ...options });
}

test("resolveDigest() asks a registry by one HEAD, for an image and for an index", async () => {
  for (const seed of [seedImage, seedIndex]) {
    const registry = createFakeRegistry();
    const { digest } = seed === seedImage
      ? await seedImage(registry.store, "acme/app", "1")
      : await seedIndex(registry.store, "acme/app", "1", [AMD64, ARM_V7]);
    assert.equal(await resolve(registry), digest);
    assert.deepEqual(registry.requests.map(({ method }) => method), ["HEAD"]);
  }
});

test("resolveDigest() reads the manifest where the registry does not tell by HEAD", async () => {
  const registry = createFakeRegistry();
  const { digest } = await seedImage(registry.store, "acme/app", "1");
  const methods: string[] = [];
  for (const answer of ["405", "404", "silent"]) {
    const fetch: FakeRegistry["fetch"] = async (url, init) => {
      methods.push(init.method ?? "GET");
      if (init.method !== "HEAD") return await registry.fetch(url, init);
      return new Response(null, { status: answer === "silent" ? 200 : Number(answer) });
    };
    assert.equal(await resolve({ fetch }), digest, answer);
  }
  assert.deepEqual(methods, ["HEAD", "GET", "HEAD", "GET", "HEAD", "GET"]);
});

test("resolveDigest() finds the image of a platform, in nested indexes too", async () => {
  const registry = createFakeRegistry();
  const { store } = registry;
  const image = await seedImage(store, "acme/app", undefined, { platform: AMD64 });
  const v6 = await seedImage(store, "acme/app", undefined, { platform: ARM_V6 });
  const v7 = await seedImage(store, "acme/app", undefined, { platform: ARM_V7 });
  const inner = await seedIndexOf(store, undefined, [v6, v7]);
  await seedIndexOf(store, "1", [image, inner]);
  assert.equal(await resolve(registry, { platform: "linux/amd64" }), image.digest);
  assert.equal(await resolve(registry, { platform: "linux/arm/v6" }), v6.digest);
  assert.equal(await resolve(registry, { platform: "linux/arm/v7" }), v7.digest);
  await assert.rejects(resolve(registry, { platform: "linux/arm" }), {
    name: "RangeError",
    message: 'Cannot choose an image for "linux/arm": there are 2, for linux/arm/v6, linux/arm/v7',
  });
  await assert.rejects(resolve(registry, { platform: "linux/s390x" }), {
    name: "RangeError",
    message: /^Cannot find an image for "linux\/s390x"/,
  });
});

test("resolveDigest() holds a single image to the platform that is wanted", async () => {
  const registry = createFakeRegistry();
  const { digest } = await seedImage(registry.store, "acme/app", "1", { platform: AMD64 });
  assert.equal(await resolve(registry, { platform: "linux/amd64" }), digest);
  await assert.rejects(resolve(registry, { platform: "linux/arm64" }), { name: "RangeError" });
});

test("resolveDigest() resolves what is in a layout", async () => {
  const directory = createMemoryDirectory();
  const host = { openDirectory: () => directory };
  const { digest } = await appendLayer("scratch", "oci:x:1", { host, layers: [tarOf("a", "a")] });
  for (const name of ["oci:x:1", "oci:x", `oci:x@${digest}`]) {
    assert.equal(await resolveDigest(name, { host }), digest);
    assert.equal(await resolveDigest(name, { host, platform: "linux/amd64" }), digest);
  }
  await assert.rejects(resolveDigest("oci:x:2", { host }), /Cannot/);
});

test("resolveDigest() fails where there is nothing", async () => {
  const registry = createFakeRegistry();
  await assert.rejects(resolve(registry), /^\w*Error: Cannot read manifest "1" .*404/);
  await assert.rejects(resolveDigest("scratch", { host: {} }), TypeError);
});
