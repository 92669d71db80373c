import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatLocation,
  type Location,
  locationReference,
  parseLocation,
  withoutDigest,
} from "../../lib/storage/location.ts";

const DIGEST = `sha256:${"a".repeat(64)}` as const;

const VALID: readonly (readonly [text: string, location: Location])[] = [
  ["scratch", { kind: "scratch" }],
  ["oci:dir", { kind: "layout", path: "dir" }],
  ["oci:dir:1", { kind: "layout", path: "dir", tag: "1" }],
  ["oci:./a/b:1", { kind: "layout", path: "./a/b", tag: "1" }],
  ["oci:dir:a--b", { kind: "layout", path: "dir", tag: "a--b" }],
  ["oci:dir:_.-", { kind: "layout", path: "dir", tag: "_.-" }],
  ["oci:dir:example.com/foo:bar", { kind: "layout", path: "dir", tag: "example.com/foo:bar" }],
  ["oci:/tmp/a:b/c:1", { kind: "layout", path: "/tmp/a", tag: "b/c:1" }],
  ["oci:dir:localhost:5000/a_b/c@d+e", {
    kind: "layout",
    path: "dir",
    tag: "localhost:5000/a_b/c@d+e",
  }],
  ["oci:C:\\images:1", { kind: "layout", path: "C:\\images", tag: "1" }],
  ["oci:C:\\images", { kind: "layout", path: "C:\\images" }],
  ["oci:C:/images", { kind: "layout", path: "C:/images" }],
  ["oci:C:\\images:a/b:1", { kind: "layout", path: "C:\\images", tag: "a/b:1" }],
  ["oci:\\\\?\\C:\\images:1", { kind: "layout", path: "\\\\?\\C:\\images", tag: "1" }],
  ["oci:me@home", { kind: "layout", path: "me@home" }],
  [`oci:dir@${DIGEST}`, { kind: "layout", path: "dir", digest: DIGEST }],
  [`oci:dir:1@${DIGEST}`, { kind: "layout", path: "dir", tag: "1", digest: DIGEST }],
  [`oci:dir:a/b:1@${DIGEST}`, { kind: "layout", path: "dir", tag: "a/b:1", digest: DIGEST }],
  ["ghcr.io/a/b:1", {
    kind: "registry",
    reference: { registry: "ghcr.io", repository: "a/b", tag: "1" },
  }],
  ["docker.io/library/scratch:latest", {
    kind: "registry",
    reference: { registry: "docker.io", repository: "library/scratch", tag: "latest" },
  }],
];

const INVALID: readonly (readonly [text: string, reason: RegExp])[] = [
  ["oci:", /the directory is missing/],
  ["oci::1", /the directory is missing/],
  [`oci:@${DIGEST}`, /the directory is missing/],
  ["oci:dir:", /"" is not a tag/],
  ["oci:dir:.x", /is not a tag/],
  ["oci:dir:a..b/c", /is not a tag/],
  ["oci:dir:a//b", /is not a tag/],
  [
    "oci:/tmp/a:b/",
    /^Cannot parse "oci:\/tmp\/a:b\/" as an OCI layout: "b\/" is not a tag or a name, and the directory ends at the first ":"$/,
  ],
  ["oci:dir@sha256:abc", /"sha256:abc" is not a digest/],
  ["", /the repository is missing/],
];

for (const [text, location] of VALID) {
  test(`parseLocation() reads ${JSON.stringify(text)}, and formatLocation() writes it`, () => {
    assert.deepEqual(parseLocation(text), location);
    assert.equal(formatLocation(location), text);
  });
}

for (const [text, reason] of INVALID) {
  test(`parseLocation() rejects ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseLocation(text), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

const REFERENCES: readonly (readonly [text: string, reference: string])[] = [
  ["scratch", "latest"],
  ["ubuntu", "latest"],
  ["ubuntu:24.04", "24.04"],
  [`ubuntu:24.04@${DIGEST}`, DIGEST],
  ["oci:dir", ""],
  ["oci:dir:1", "1"],
  [`oci:dir:1@${DIGEST}`, DIGEST],
];

for (const [text, reference] of REFERENCES) {
  test(`locationReference() asks for ${JSON.stringify(reference)} of ${text}`, () => {
    assert.equal(locationReference(parseLocation(text)), reference);
  });
}

test("withoutDigest() leaves the place", () => {
  for (const text of ["scratch", "oci:dir:1", "oci:dir", "ghcr.io/a/b:1"]) {
    const location = parseLocation(text);
    assert.deepEqual(withoutDigest(location), location);
    if (text !== "scratch") {
      assert.deepEqual(withoutDigest(parseLocation(`${text}@${DIGEST}`)), location);
    }
  }
});
