import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatLocation,
  isStandard,
  type Location,
  locationNames,
  locationReference,
  parseLocation,
  withoutDigest,
} from "../../lib/storage/location.ts";
import { createRandom } from "../random.ts";

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
  ["oci-archive:a.tar", { kind: "oci-archive", path: "a.tar" }],
  ["oci-archive:-:1", { kind: "oci-archive", path: "-", tag: "1" }],
  [`oci-archive:C:\\a.tar:b/c:1@${DIGEST}`, {
    kind: "oci-archive",
    path: "C:\\a.tar",
    tag: "b/c:1",
    digest: DIGEST,
  }],
  ["docker-archive:-", { kind: "docker-archive", path: "-" }],
  [`docker-archive:a.tar@${DIGEST}`, {
    kind: "docker-archive",
    path: "a.tar",
    digest: DIGEST,
  }],
  ["docker-archive:a.tar:site:dev", {
    kind: "docker-archive",
    path: "a.tar",
    reference: { registry: "docker.io", repository: "library/site", tag: "dev" },
  }],
  ["docker-archive:C:/a.tar:localhost:5000/a/b:1", {
    kind: "docker-archive",
    path: "C:/a.tar",
    reference: { registry: "localhost:5000", repository: "a/b", tag: "1" },
  }],
  ["docker-daemon:acme/site:dev", {
    kind: "docker-daemon",
    reference: { registry: "docker.io", repository: "acme/site", tag: "dev" },
  }],
  [`docker-daemon:site@${DIGEST}`, {
    kind: "docker-daemon",
    reference: { registry: "docker.io", repository: "library/site", digest: DIGEST },
  }],
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
  ["oci-archive:", /as an OCI archive: the file is missing/],
  ["docker-archive::site", /as a Docker archive: the file is missing/],
  ["docker-archive:a.tar:", /as a Docker archive: the repository is missing/],
  ["docker-archive:a.tar:Site", /the repository "Site" has upper-case letters|"library\/Site"/],
  ["docker-daemon:", /as an image of an engine: the repository is missing/],
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
  ["docker-archive:a.tar", ""],
  ["docker-archive:a.tar:site", "latest"],
  [`docker-archive:a.tar:site@${DIGEST}`, DIGEST],
  ["docker-daemon:site:dev", "dev"],
  ["oci-archive:a.tar:1", "1"],
  ["oci:dir:1", "1"],
  [`oci:dir:1@${DIGEST}`, DIGEST],
];

for (const [text, reference] of REFERENCES) {
  test(`locationReference() asks for ${JSON.stringify(reference)} of ${text}`, () => {
    assert.equal(locationReference(parseLocation(text)), reference);
  });
}

test("withoutDigest() leaves the place", () => {
  for (
    const text of [
      "scratch",
      "oci:dir:1",
      "oci:dir",
      "ghcr.io/a/b:1",
      "oci-archive:f:1",
      "docker-archive:f",
      "docker-archive:f:a:1",
      "docker-daemon:a/b:1",
    ]
  ) {
    const location = parseLocation(text);
    assert.deepEqual(withoutDigest(location), location);
    if (text !== "scratch") {
      assert.deepEqual(withoutDigest(parseLocation(`${text}@${DIGEST}`)), location);
    }
  }
});

test("formatLocation() and parseLocation() are inverse for whatever name and path", () => {
  const random = createRandom();
  const pick = <T>(...values: readonly T[]): T => random.pick(values);
  for (let round = 0; round < 500; round++) {
    const registry = pick("docker.io", "localhost", "ghcr.io", "localhost:5000", "[::1]:5000");
    const first = pick("library", "localhost", "acme", "a.b", "x--y", "library/x");
    const repository = `${first}/${pick("site", "a_b", "c.d", "x/y")}`;
    const tag = pick("latest", "1", "_.-", "a-b");
    const reference = { registry, repository, tag };
    const path = pick("-", "a.tar", "./a/b", "C:\\\\a", "C:/a.tar", "a b", "a@b");
    const digest = pick(undefined, DIGEST);
    const named = digest === undefined ? {} : { digest };
    const location: Location = pick<Location>(
      { kind: "docker-archive", path, reference, ...named },
      { kind: "docker-archive", path, ...named },
      { kind: "oci-archive", path, tag, ...named },
      { kind: "layout", path, ...named },
      { kind: "docker-daemon", reference: { ...reference, ...named } },
      { kind: "registry", reference: { ...reference, ...named } },
    );
    const text = formatLocation(location);
    assert.deepEqual(parseLocation(text), location, `seed ${random.seed}: ${text}`);
  }
});

test("locationNames() tells tag and digest in every place", () => {
  for (
    const place of ["oci:f:", "oci-archive:f:", "docker-archive:f:a:", "docker-daemon:a:", "a:"]
  ) {
    const location = parseLocation(`${place}1@${DIGEST}`);
    assert(location.kind !== "scratch");
    const { tag, digest } = locationNames(location);
    assert.deepEqual({ tag, digest }, { tag: "1", digest: DIGEST });
  }
});

test("isStandard() is for archives on standard input and output alone", () => {
  assert(isStandard(parseLocation("docker-archive:-:a:1")));
  assert(isStandard(parseLocation("oci-archive:-")));
  for (const text of ["oci:-", "docker-archive:a-", "docker-daemon:a", "a", "scratch"]) {
    assert(!isStandard(parseLocation(text)), text);
  }
});
