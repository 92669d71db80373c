import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import {
  convertIndexToOci,
  type ImageIndex,
  indexEntryKind,
  parseIndex,
  referencedImage,
  replaceInIndex,
} from "../../lib/oci/image_index.ts";
import {
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../lib/oci/media_type.ts";
import { documentOf, fakeDescriptor, fakeDigest } from "./documents.ts";

function image(digit: string, architecture: string): Descriptor {
  return { ...fakeDescriptor(OCI_MANIFEST, digit), platform: { architecture, os: "linux" } };
}

/** As BuildKit writes them. */
function attestation(digit: string, of: string): Descriptor {
  return {
    ...fakeDescriptor(OCI_MANIFEST, digit),
    annotations: {
      "vnd.docker.reference.digest": fakeDigest(of),
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  };
}

const INDEX: ImageIndex = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [
    { ...image("1", "amd64"), annotations: { note: "kept" }, "x-unknown": true },
    image("2", "arm64"),
    attestation("a", "1"),
    attestation("b", "2"),
  ],
  annotations: { a: "1" },
};

test("replaceInIndex() puts a changed image in the old one's place, with its platform and fields", () => {
  const { index } = replaceInIndex(
    INDEX,
    new Map([[fakeDigest("1"), { ...fakeDescriptor(OCI_MANIFEST, "9"), size: 7 }]]),
  );
  assert.deepEqual(index.manifests[0], {
    ...INDEX.manifests[0],
    digest: fakeDigest("9"),
    size: 7,
  });
  assert.deepEqual(index.manifests[1], INDEX.manifests[1]);
  assert.deepEqual(index.annotations, INDEX.annotations);
});

test("replaceInIndex() drops and reports the attestations of changed images, and keeps the others", () => {
  const replacement = fakeDescriptor(OCI_MANIFEST, "9");
  const { index, dropped } = replaceInIndex(INDEX, new Map([[fakeDigest("1"), replacement]]));
  assert.deepEqual(dropped, [attestation("a", "1")]);
  assert.deepEqual(index.manifests.slice(2), [attestation("b", "2")]);
});

test("replaceInIndex() keeps attestations that name no image, and never replaces one", () => {
  const bare = {
    ...fakeDescriptor(OCI_MANIFEST, "a"),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const given: ImageIndex = { ...INDEX, manifests: [image("1", "amd64"), bare] };
  const replacement = fakeDescriptor(OCI_MANIFEST, "9");
  const { index, dropped } = replaceInIndex(
    given,
    new Map([[fakeDigest("1"), replacement], [fakeDigest("a"), replacement]]),
  );
  assert.deepEqual(index.manifests[1], bare);
  assert.deepEqual(dropped, []);
});

test("replaceInIndex() replaces nested indexes, and drops what was embedded of the old one", () => {
  const nested = { ...fakeDescriptor(OCI_INDEX, "3"), data: "e30=" };
  const given: ImageIndex = { ...INDEX, manifests: [nested, attestation("a", "1")] };
  const changed = fakeDescriptor(OCI_INDEX, "8");
  const { index, dropped } = replaceInIndex(
    given,
    new Map([[fakeDigest("3"), changed], [fakeDigest("1"), fakeDescriptor(OCI_MANIFEST, "9")]]),
  );
  assert.deepEqual(index.manifests, [changed]);
  assert.deepEqual(dropped, [attestation("a", "1")]);
});

test("replaceInIndex() without replacements changes nothing but annotations", () => {
  assert.deepEqual(replaceInIndex(INDEX, new Map()), { index: INDEX, dropped: [] });
  const { index } = replaceInIndex(INDEX, new Map(), { annotations: { a: null, b: "2" } });
  assert.deepEqual(index, { ...INDEX, annotations: { b: "2" } });
});

test("indexEntryKind() tells images from attestations, indexes and the rest", () => {
  assert.equal(indexEntryKind(image("1", "amd64")), "image");
  assert.equal(indexEntryKind(fakeDescriptor(DOCKER_MANIFEST, "1")), "image");
  assert.equal(indexEntryKind(attestation("1", "2")), "attestation");
  const { platform: _, ...unlabelled } = attestation("1", "2");
  assert.equal(indexEntryKind(unlabelled), "attestation");
  const { annotations: __, ...unnoted } = attestation("1", "2");
  assert.equal(indexEntryKind(unnoted), "attestation");
  assert.equal(indexEntryKind(fakeDescriptor(OCI_INDEX, "1")), "index");
  assert.equal(indexEntryKind(fakeDescriptor("application/x-other", "1")), "other");
});

test("indexEntryKind() takes a platform that Go wrote as null", async () => {
  const manifests = [{ ...fakeDescriptor(OCI_MANIFEST, "1"), platform: null, annotations: null }];
  const index = parseIndex(await documentOf({ schemaVersion: 2, manifests }, OCI_INDEX));
  assert.deepEqual(index.manifests.map(indexEntryKind), ["image"]);
  assert.deepEqual(replaceInIndex(index, new Map()).index, index);
});

test("convertIndexToOci() changes the index's own type and no entry", () => {
  const docker: ImageIndex = { ...INDEX, mediaType: DOCKER_INDEX };
  assert.deepEqual(convertIndexToOci(docker), INDEX);
});

test("referencedImage() reads the digest of an attestation, and nothing that is none", () => {
  const attestation = (annotations?: Record<string, string>): Descriptor => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"a".repeat(64)}`,
    size: 1,
    ...(annotations && { annotations }),
  });
  const name = "vnd.docker.reference.digest";
  const digest = `sha256:${"b".repeat(64)}`;
  assert.equal(referencedImage(attestation({ [name]: digest })), digest);
  assert.equal(referencedImage(attestation({ [name]: "sha256:../../etc/passwd" })), undefined);
  assert.equal(referencedImage(attestation({})), undefined);
  assert.equal(referencedImage(attestation()), undefined);
});
