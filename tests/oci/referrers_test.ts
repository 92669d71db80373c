import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDocument, makeDocument } from "../../lib/oci/document.ts";
import type { JsonObject } from "../../lib/oci/json.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import {
  addReferrer,
  cosignTags,
  describeReferrer,
  referrersTag,
  subjectOf,
} from "../../lib/oci/referrers.ts";
import type { Document } from "../../lib/oci/blob_reference.ts";
import { fakeDescriptor } from "./documents.ts";

const SUBJECT = fakeDescriptor(OCI_MANIFEST, "a");

function manifest(fields: JsonObject): Promise<Document> {
  const config = { ...fakeDescriptor("application/vnd.acme.config", "c") };
  return makeDocument({ schemaVersion: 2, config, layers: [], ...fields }, OCI_MANIFEST);
}

test("referrersTag() and cosignTags() are tags that others look for", () => {
  const hex = "0123456789abcdef".repeat(4);
  assert.equal(referrersTag(`sha256:${hex}`), `sha256-${hex}`);
  assert.equal(referrersTag(`sha512:${hex}${hex}`), `sha512-${hex}`);
  assert.deepEqual(
    cosignTags(`sha256:${hex}`),
    [`sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`],
  );
});

test("subjectOf() finds what a document of any type refers to, if that is a descriptor", async () => {
  assert.deepEqual(subjectOf(await manifest({ subject: SUBJECT })), SUBJECT);
  const index = { schemaVersion: 2, manifests: [], subject: SUBJECT };
  assert.deepEqual(subjectOf(await makeDocument(index, OCI_INDEX)), SUBJECT);
  const { bytes, digest } = await manifest({ subject: SUBJECT });
  assert.deepEqual(subjectOf({ bytes, digest, mediaType: "application/x" }), SUBJECT);
  for (const subject of [undefined, null, "x", {}, { ...SUBJECT, digest: "../x" }]) {
    const document = await manifest(subject === undefined ? {} : { subject });
    assert.equal(subjectOf(document), undefined);
  }
  assert.equal(subjectOf({ bytes: new Uint8Array([1]), digest, mediaType: "" }), undefined);
});

test("describeReferrer() tells the type and the annotations", async () => {
  const annotations = { a: "b" };
  const typed = await manifest({ artifactType: "application/vnd.acme.sbom", annotations });
  assert.deepEqual(describeReferrer(typed), {
    ...describeDocument(typed),
    artifactType: "application/vnd.acme.sbom",
    annotations,
  });
  const plain = await manifest({});
  assert.deepEqual(describeReferrer(plain), {
    ...describeDocument(plain),
    artifactType: "application/vnd.acme.config",
  });
  const index = await makeDocument({ schemaVersion: 2, manifests: [] }, OCI_INDEX);
  assert.deepEqual(describeReferrer(index), describeDocument(index));
});

test("addReferrer() makes a list, or adds to one, each referrer once", async () => {
  const [one, two] = [fakeDescriptor(OCI_MANIFEST, "1"), fakeDescriptor(OCI_MANIFEST, "2")];
  const list = await addReferrer(undefined, one);
  assert.ok(list);
  assert.equal(list.mediaType, OCI_INDEX);
  const longer = await addReferrer(list, two);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(longer?.bytes)), {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [one, two],
  });
  assert.equal(await addReferrer(longer, one), undefined);
  await assert.rejects(async () => await addReferrer(await manifest({}), one), SyntaxError);
});
