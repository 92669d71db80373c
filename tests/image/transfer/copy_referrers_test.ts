import assert from "node:assert/strict";
import { test } from "node:test";
import { copyImage, type CopyOptions } from "../../../lib/image/verbs/copy.ts";
import type { Descriptor } from "../../../lib/oci/descriptor.ts";
import { configMediaType, OCI_MANIFEST } from "../../../lib/oci/media_type.ts";
import { referrersTag } from "../../../lib/oci/referrers.ts";
import {
  createFakeRegistry,
  createNetwork,
  type FakeRegistry,
} from "../../fake_registry/fake_registry.ts";
import type { FakeStore } from "../../fake_registry/store.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { type Json, readDocument, seedImage, seedIndexOf } from "../fake_images.ts";

const NAME = "acme/app";

/** Puts an artifact there that refers to a manifest, with a blob of its own. */
async function seedArtifact(
  store: FakeStore,
  subject: Descriptor | undefined,
  artifactType: string,
  tag?: string,
): Promise<Descriptor> {
  const bytes = new TextEncoder().encode(`${artifactType} of ${subject?.digest}`);
  const blob = {
    mediaType: "text/plain",
    digest: await store.seedBlob(NAME, bytes),
    size: bytes.length,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: { ...blob, mediaType: configMediaType("oci") },
    layers: [blob],
    ...(subject && { subject }),
  };
  const digest = await store.seedManifest(NAME, tag, manifest);
  const size = JSON.stringify(manifest).length;
  return { mediaType: OCI_MANIFEST, digest, size, artifactType };
}

/** A registry with or without lists of referrers of its own. */
function createRegistry(host: string, keepsLists: boolean): FakeRegistry {
  return createFakeRegistry({ host, profile: { referrers: keepsLists, pageSize: 2 } });
}

/** Lists the referrers of a manifest by the tag where there is no list. */
async function list(
  { store }: FakeRegistry,
  subject: string,
  isTagged: boolean,
): Promise<string[]> {
  if (isTagged) {
    const index = readDocument(store, NAME, referrersTag(subject as Descriptor["digest"]));
    return index.manifests.map(({ artifactType }: Json) => artifactType).sort();
  }
  const found = [...store.repository(NAME).manifests.values()].flatMap(({ bytes }) => {
    const body = JSON.parse(new TextDecoder().decode(bytes));
    return body.subject?.digest === subject ? [body.artifactType] : [];
  });
  return await Promise.resolve(found.sort());
}

for (const from of [true, false]) {
  for (const to of [true, false]) {
    test(`copyImage() brings referrers from a registry ${from ? "with" : "without"} lists to one ${to ? "with" : "without"}`, async () => {
      const source = createRegistry("one.test", from);
      const target = createRegistry("two.test", to);
      const image = await seedImage(source.store, NAME, undefined);
      const index = await seedIndexOf(source.store, "1", [image]);
      const signatures: Descriptor[] = [];
      for (const type of ["sig/a", "sig/b", "sig/c"]) {
        signatures.push(await seedArtifact(source.store, index, type));
      }
      const sbom = await seedArtifact(source.store, image, "sbom/x");
      const [signed] = signatures;
      const nested = await seedArtifact(source.store, signed, "sig/of-a-signature");
      if (!from) {
        const lists: [Descriptor | undefined, Descriptor[]][] = [
          [index, signatures],
          [image, [sbom]],
          [signed, [nested]],
        ];
        for (const [subject, referrers] of lists) {
          assert.ok(subject);
          await seedIndexOf(source.store, referrersTag(subject.digest), referrers);
        }
      }
      const cosign = `${image.digest.replace(":", "-")}.sig`;
      await seedArtifact(source.store, undefined, "cosign", cosign);

      const copy = (options: CopyOptions): Promise<unknown> =>
        copyImage(`one.test/${NAME}:1`, `two.test/${NAME}:1`, {
          fetch: createNetwork(source, target),
          host: {},
          ...options,
        });
      await copy({});
      assert.equal(target.store.repository(NAME).manifests.size, 2);
      await copy({ referrers: true });
      assert.deepEqual(await list(target, index.digest, !to), ["sig/a", "sig/b", "sig/c"]);
      assert.deepEqual(await list(target, image.digest, !to), ["sbom/x"]);
      assert.ok(signed);
      assert.deepEqual(await list(target, signed.digest, !to), ["sig/of-a-signature"]);
      assert.equal(readDocument(target.store, NAME, cosign).artifactType, "cosign");

      const before = target.requests.length;
      await copy({ referrers: true });
      const writes = target.requests.slice(before).filter(({ path, method }) =>
        method === "PUT" && path.includes("/manifests/sha256-")
      );
      assert.deepEqual(writes.map(({ path }) => path), [`/v2/${NAME}/manifests/${cosign}`]);
    });
  }
}

test("copyImage() brings an image before what refers to it, and its tag last, for registries that ask for that", async () => {
  const source = createRegistry("one.test", true);
  const target = createFakeRegistry({ host: "two.test", profile: "serverless" });
  const image = await seedImage(source.store, NAME, "1");
  for (const type of ["sig/a", "sig/b", "sig/c"]) await seedArtifact(source.store, image, type);
  await copyImage(`one.test/${NAME}:1`, `two.test/${NAME}:1`, {
    fetch: createNetwork(source, target),
    host: {},
    referrers: true,
  });
  assert.deepEqual(await list(target, image.digest, false), ["sig/a", "sig/b", "sig/c"]);
  const puts = target.requests.filter(({ path, method }) =>
    method === "PUT" && path.includes("/manifests/")
  );
  assert.equal(puts.at(-1)?.path, `/v2/${NAME}/manifests/1`);
  assert.equal(puts[0]?.path, `/v2/${NAME}/manifests/${image.digest}`);
});

test("copyImage() brings referrers of what nested indexes list", async () => {
  const source = createRegistry("one.test", true);
  const target = createRegistry("two.test", true);
  const image = await seedImage(source.store, NAME, undefined);
  const inner = await seedIndexOf(source.store, undefined, [image]);
  await seedIndexOf(source.store, "1", [inner]);
  await seedArtifact(source.store, image, "sig/image");
  await seedArtifact(source.store, inner, "sig/index");
  await copyImage(`one.test/${NAME}:1`, `two.test/${NAME}:1`, {
    fetch: createNetwork(source, target),
    host: {},
    referrers: true,
  });
  assert.deepEqual(await list(target, image.digest, false), ["sig/image"]);
  assert.deepEqual(await list(target, inner.digest, false), ["sig/index"]);
});

test("copyImage() of an artifact lists it in a target that keeps no lists, a layout too", async () => {
  const source = createRegistry("one.test", true);
  const target = createRegistry("two.test", false);
  const image = await seedImage(source.store, NAME, "1");
  await seedArtifact(source.store, image, "sig/a", "artifact");
  const layout = createMemoryDirectory("layout");
  const options = {
    fetch: createNetwork(source, target),
    host: { openDirectory: () => layout },
  };
  await copyImage(`one.test/${NAME}:artifact`, `two.test/${NAME}:artifact`, options);
  assert.deepEqual(await list(target, image.digest, true), ["sig/a"]);

  await copyImage(`one.test/${NAME}:1`, "oci:layout:1", { ...options, referrers: true });
  const back = createRegistry("three.test", true);
  const network = { ...options, fetch: createNetwork(back) };
  await copyImage("oci:layout:1", `three.test/${NAME}:1`, { ...network, referrers: true });
  assert.deepEqual(await list(back, image.digest, false), ["sig/a"]);
});

test("copyImage() tells that it cannot list what refers to an image", async () => {
  const source = createFakeRegistry({
    host: "one.test",
    profile: { referrers: true },
    faults: [{ path: /\/referrers\//, times: 9, action: { kind: "status", status: 403 } }],
  });
  const target = createRegistry("two.test", true);
  await seedImage(source.store, NAME, "1");
  await assert.rejects(
    copyImage(`one.test/${NAME}:1`, `two.test/${NAME}:1`, {
      fetch: createNetwork(source, target),
      host: {},
      referrers: true,
    }),
    /Cannot list what refers to "sha256:[0-9a-f]{64}" in "one.test\/acme\/app": registry answered 403/,
  );
  assert.equal(target.store.repository(NAME).tags.size, 0);
});
