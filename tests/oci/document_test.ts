import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../lib/oci/digest.ts";
import { describeDocument, makeDocument, parseDocument } from "../../lib/oci/document.ts";
import { parseIndex } from "../../lib/oci/image_index.ts";
import { parseManifest } from "../../lib/oci/manifest.ts";
import {
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../lib/oci/media_type.ts";
import { documentOf, fakeDescriptor, fakeManifest } from "./documents.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const INDEX = { schemaVersion: 2, manifests: [fakeDescriptor(OCI_MANIFEST, "1")] };

/** Body, the media type that it is sent with, and a part of the reason. */
const INVALID:
  readonly (readonly [name: string, body: unknown, mediaType: string, reason: RegExp])[] = [
    [
      "an ambiguous document",
      { ...fakeManifest(), ...INDEX, mediaType: OCI_MANIFEST },
      OCI_MANIFEST,
      /ambiguous/,
    ],
    ["manifests beside layers alone", { ...INDEX, layers: [] }, OCI_INDEX, /ambiguous/],
    [
      "a manifest sent as an index",
      fakeManifest(),
      OCI_INDEX,
      /sent as ".*index.*" but calls itself/,
    ],
    [
      "a manifest without mediaType sent as an index",
      { ...fakeManifest(), mediaType: undefined },
      OCI_INDEX,
      /has not its fields/,
    ],
    ["an index sent as a manifest", INDEX, OCI_MANIFEST, /has not its fields/],
    ["Docker's manifest sent as OCI's", fakeManifest("docker"), OCI_MANIFEST, /calls itself/],
    [
      "schema 1",
      { schemaVersion: 1, fsLayers: [] },
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      /schema 1/,
    ],
    ["schema 1 by its body", { schemaVersion: 1, fsLayers: [] }, "application/json", /schema 1/],
    [
      "signed schema 1 that is not even JSON",
      "x",
      "application/vnd.docker.distribution.manifest.v1+json",
      /schema 1/,
    ],
    [
      "another schema",
      { ...fakeManifest(), schemaVersion: 3 },
      OCI_MANIFEST,
      /expected schemaVersion 2, got 3/,
    ],
    ["no schema", { config: {}, layers: [] }, OCI_MANIFEST, /expected schemaVersion 2/],
    ["a list", [], OCI_MANIFEST, /expected a JSON object/],
    ["text", "<html>", OCI_MANIFEST, /it is not JSON/],
    ["another media type", fakeManifest(), "application/vnd.cncf.helm", /calls itself/],
    [
      "an unknown media type",
      { schemaVersion: 2, config: {} },
      "text/html",
      /"text\/html" is neither/,
    ],
    [
      "a mediaType that is a number",
      { ...fakeManifest(), mediaType: 5 },
      OCI_MANIFEST,
      /mediaType is not a string/,
    ],
    [
      "a config that is no descriptor",
      { ...fakeManifest(), config: "x" },
      OCI_MANIFEST,
      /config of manifest .*expected a descriptor/,
    ],
    ["no config", { schemaVersion: 2, layers: [] }, OCI_MANIFEST, /config of manifest/],
    [
      "layers that are no list",
      { ...fakeManifest(), layers: {} },
      OCI_MANIFEST,
      /its layers are not a list/,
    ],
    [
      "a layer without a media type",
      { ...fakeManifest(), layers: [{ ...fakeDescriptor(LAYER, "1"), mediaType: 1 }] },
      OCI_MANIFEST,
      /layers\[0\] of manifest.*mediaType/,
    ],
    [
      "a traversing digest",
      { ...fakeManifest(), layers: [{ ...fakeDescriptor(LAYER, "1"), digest: "sha256:../../x" }] },
      OCI_MANIFEST,
      /"sha256:\.\.\/\.\.\/x" is not a digest/,
    ],
    [
      "a negative size",
      { ...fakeManifest(), layers: [{ ...fakeDescriptor(LAYER, "1"), size: -1 }] },
      OCI_MANIFEST,
      /-1 is not a size/,
    ],
    [
      "a size past 2^53",
      JSON.stringify(fakeManifest("oci", "1")).replaceAll(":100", ":9007199254740993"),
      OCI_MANIFEST,
      /: 9007199254740993 is not a size/,
    ],
    [
      "a platform that is text",
      { ...INDEX, manifests: [{ ...INDEX.manifests[0], platform: "linux" }] },
      OCI_INDEX,
      /platform is not an object/,
    ],
  ];

for (const [name, body, mediaType, reason] of INVALID) {
  test(`parseDocument() rejects ${name}`, async () => {
    const document = await documentOf(body, mediaType);
    assert.throws(() => parseDocument(document), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, /^Cannot read /);
      assert.match(error.message, reason);
      return true;
    });
  });
}

test("parseDocument() reads the manifests of both families", async () => {
  for (const family of ["oci", "docker"] as const) {
    const body = fakeManifest(family, "1", "2");
    const parsed = parseDocument(await documentOf(body, body["mediaType"] as string));
    assert.deepEqual(parsed, { kind: "manifest", manifest: body });
  }
});

test("parseDocument() reads the indexes of both families", async () => {
  for (const mediaType of [OCI_INDEX, DOCKER_INDEX]) {
    const parsed = parseDocument(await documentOf({ ...INDEX, mediaType }, mediaType));
    assert.deepEqual(parsed, { kind: "index", index: { ...INDEX, mediaType } });
  }
});

test("parseDocument() fills in a media type that was left out, right after the schema", async () => {
  const { mediaType: _, ...body } = fakeManifest("oci", "1");
  const parsed = parseDocument(await documentOf(body, `${OCI_MANIFEST}; charset=utf-8`));
  assert.equal(parsed.kind, "manifest");
  assert(parsed.kind === "manifest");
  assert.equal(parsed.manifest.mediaType, OCI_MANIFEST);
  assert.deepEqual(Object.keys(parsed.manifest).slice(0, 2), ["schemaVersion", "mediaType"]);
});

test("parseDocument() goes by the body where the server has no notion of manifests", async () => {
  for (const generic of ["application/json", "text/plain", "application/octet-stream", ""]) {
    const own = parseDocument(await documentOf(fakeManifest("docker"), generic));
    assert(own.kind === "manifest" && own.manifest.mediaType === DOCKER_MANIFEST);
    const index = parseDocument(await documentOf(INDEX, generic));
    assert(index.kind === "index" && index.index.mediaType === OCI_INDEX);
    const manifest = parseDocument(
      await documentOf({ ...fakeManifest(), mediaType: undefined }, generic),
    );
    assert(manifest.kind === "manifest" && manifest.manifest.mediaType === OCI_MANIFEST);
  }
});

test("parseDocument() takes lists that Go wrote as null", async () => {
  const manifest = parseManifest(await documentOf({ ...fakeManifest(), layers: null }));
  assert.deepEqual(manifest.layers, []);
  const index = parseIndex(await documentOf({ ...INDEX, manifests: null }, OCI_INDEX));
  assert.deepEqual(index.manifests, []);
});

test("parseManifest() and parseIndex() reject each other's documents", async () => {
  await assert.rejects(
    async () => parseManifest(await documentOf(INDEX, OCI_INDEX)),
    /got an index/,
  );
  await assert.rejects(async () => parseIndex(await documentOf(fakeManifest())), /got a manifest/);
});

test("makeDocument() writes the media type into the body, and hashes it", async () => {
  const { mediaType: _, ...body } = fakeManifest();
  const document = await makeDocument(body, OCI_MANIFEST);
  assert.match(new TextDecoder().decode(document.bytes), /^{"schemaVersion":2,"mediaType":"/);
  assert.equal(document.digest, await digestOf(document.bytes));
  assert.deepEqual(describeDocument(document), {
    mediaType: OCI_MANIFEST,
    digest: document.digest,
    size: document.bytes.length,
  });
});

test("makeDocument() keeps an unchanged document byte for byte", async () => {
  const text = '{"schemaVersion":2,"x":[9007199254740993,1.0],"mediaType":"' + OCI_INDEX +
    '","manifests":[],"annotations":{"b":"1","a":"2"}}';
  const document = await documentOf(text, OCI_INDEX);
  const parsed = parseDocument(document);
  assert(parsed.kind === "index");
  const { bytes } = await makeDocument(parsed.index, OCI_INDEX);
  assert.equal(new TextDecoder().decode(bytes), text);
});

test("makeDocument() refuses a body that calls itself something else", async () => {
  await assert.rejects(makeDocument(fakeManifest("docker"), OCI_MANIFEST), TypeError);
});
