import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatFamiliarReference,
  formatReference,
  parseReference,
  parseRegistryName,
  parseRepositoryName,
  type Reference,
  tagOrDigest,
} from "../../lib/oci/reference.ts";
import { createRandom } from "../random.ts";

const SHA256 = `sha256:${"0123456789abcdef".repeat(4)}` as const;
const SHA512 = `sha512:${"0123456789abcdef".repeat(8)}` as const;

/** Each with what it is in full. */
const GOODIES: readonly (readonly [text: string, full: string])[] = [
  ["ubuntu", "docker.io/library/ubuntu:latest"],
  ["ubuntu:24.04", "docker.io/library/ubuntu:24.04"],
  ["acme/app", "docker.io/acme/app:latest"],
  ["user/app:1", "docker.io/user/app:1"],
  ["docker.io/ubuntu", "docker.io/library/ubuntu:latest"],
  ["docker.io/library/ubuntu", "docker.io/library/ubuntu:latest"],
  ["index.docker.io/acme/app", "docker.io/acme/app:latest"],
  ["registry-1.docker.io/ubuntu:1", "docker.io/library/ubuntu:1"],
  ["GHCR.io/acme/app:V1", "ghcr.io/acme/app:V1"],
  ["localhost/app", "localhost/app:latest"],
  ["localhost:5000/app:1", "localhost:5000/app:1"],
  ["host:80/app", "host:80/app:latest"],
  ["127.0.0.1:5000/a/b/c:1", "127.0.0.1:5000/a/b/c:1"],
  ["[::1]:5000/x", "[::1]:5000/x:latest"],
  ["[2001:DB8::1]/x:1", "[2001:db8::1]/x:1"],
  ["quay.io/a/b__c/d-e/f.g/h--i:_tag.with-all", "quay.io/a/b__c/d-e/f.g/h--i:_tag.with-all"],
  [`ghcr.io/acme/app@${SHA256}`, `ghcr.io/acme/app@${SHA256}`],
  [`ghcr.io/acme/app:1@${SHA256}`, `ghcr.io/acme/app:1@${SHA256}`],
  [`ubuntu@${SHA512}`, `docker.io/library/ubuntu@${SHA512}`],
  [`a:${"t".repeat(128)}`, `docker.io/library/a:${"t".repeat(128)}`],
  [`h.io/${"r".repeat(255)}`, `h.io/${"r".repeat(255)}:latest`],
  [
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:latest",
  ],
];

/** What container-image-builder's own tests parse, and what it got wrong (parity with its `image-specifier` tests). */
const SPECIFIERS: readonly (readonly [text: string, reference: Reference])[] = [
  ["ubuntu:lts", { registry: "docker.io", repository: "library/ubuntu", tag: "lts" }],
  ["localhost:5000/ubuntu", {
    registry: "localhost:5000",
    repository: "ubuntu",
    tag: "latest",
  }],
  ["gcr.io/ryan-gcr-test/smol", {
    registry: "gcr.io",
    repository: "ryan-gcr-test/smol",
    tag: "latest",
  }],
  ["docker.io/ubuntu", { registry: "docker.io", repository: "library/ubuntu", tag: "latest" }],
  ["gcr.io/my-first-project/images/hello-world", {
    registry: "gcr.io",
    repository: "my-first-project/images/hello-world",
    tag: "latest",
  }],
  // It took the user for a registry.
  ["user/app", { registry: "docker.io", repository: "user/app", tag: "latest" }],
];

for (const [text, reference] of SPECIFIERS) {
  test(`parseReference() takes ${text} apart`, () => {
    assert.deepEqual(parseReference(text), reference);
  });
}

/** Each with a part of the reason. */
const UGLIES: readonly (readonly [text: string, reason: RegExp])[] = [
  ["", /the repository is missing/],
  [":1", /the repository is missing/],
  ["ghcr.io/", /the repository is missing/],
  ["ghcr.io/:1", /the repository is missing/],
  ["Acme/app", /the repository "Acme\/app" has upper-case letters/],
  ["ghcr.io/acme/App", /upper-case/],
  ["Ubuntu", /upper-case/],
  ["a//b", /is not a repository/],
  ["/a", /is not a repository/],
  ["a/", /is not a repository/],
  ["a..b", /is not a repository/],
  ["-a", /is not a repository/],
  ["a_", /is not a repository/],
  ["a___b", /is not a repository/],
  ["a b", /is not a repository/],
  ["ghcr.io/a\n", /is not a repository/],
  ["ghcr.io/a/../b", /is not a repository/],
  ["ghcr.io/a%2f", /is not a repository/],
  ["é", /is not a repository/],
  [`h.io/${"r".repeat(256)}`, /longer than 255/],
  ["0123456789abcdef".repeat(4), /is an image identifier/],
  ["a:", /"" is not a tag/],
  ["a:.b", /is not a tag/],
  ["a:-b", /is not a tag/],
  ["a:b/c", /is not a tag|not a registry/],
  ["ghcr.io/a:b:c", /is not a tag/],
  [`a:${"t".repeat(129)}`, /is not a tag/],
  ["a@", /after "@"/],
  ["a@sha256:abc", /after "@"/],
  [`a@${SHA256.toUpperCase()}`, /after "@"/],
  ["a@sha256:../../x", /after "@"/],
  [`a@${SHA256}@${SHA256}`, /more than one "@"/],
  ["https://ghcr.io/acme/app", /begins with a scheme/],
  ["docker://ubuntu", /begins with a scheme/],
  ["ghcr.io:/a", /is not a registry's host name/],
  ["ghcr.io:port/a", /is not a registry's host name/],
  ["ghcr.io:65536/a", /is not a registry's host name/],
  ["ghcr..io/a", /is not a registry's host name/],
  ["-ghcr.io/a", /is not a registry's host name/],
  ["gh\u0007cr.io/a", /is not a registry's host name/],
  ["gh cr.io/a", /is not a registry's host name/],
  ["[::1/a", /is not a registry's host name/],
  ["[fe80::1%eth0]:1/a", /is not a registry's host name/],
  ["ghcr.io\\evil/a", /is not a registry's host name/],
];

for (const [text, full] of GOODIES) {
  test(`parseReference() reads ${JSON.stringify(text)}`, () => {
    assert.equal(formatReference(parseReference(text)), full);
    assert.deepEqual(parseReference(full), parseReference(text));
  });
}

for (const [text, reason] of UGLIES) {
  test(`parseReference() rejects ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseReference(text), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, /^Cannot parse ".*" as an image reference: /s);
      assert.match(error.message, reason);
      return true;
    });
  });
}

test("parseReference() shows no password of what looks like a URL", () => {
  for (
    const text of ["bob:hunter2@ghcr.io/a", "bob:hunter2@ghcr.io:80/a@sha256:x", "b:hunter2@x@y"]
  ) {
    assert.throws(() => parseReference(text), (error) => {
      assert(error instanceof SyntaxError);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});

test("parseReference() takes its parts apart", () => {
  assert.deepEqual(parseReference(`[::1]:5000/a/b:1@${SHA256}`), {
    registry: "[::1]:5000",
    repository: "a/b",
    tag: "1",
    digest: SHA256,
  });
  assert.deepEqual(parseReference(`ubuntu@${SHA256}`), {
    registry: "docker.io",
    repository: "library/ubuntu",
    digest: SHA256,
  });
});

test("parseReference() and formatReference() are inverses", () => {
  const random = createRandom();
  for (let round = 0; round < 2_000; round++) {
    const reference = randomReference(random);
    const text = formatReference(reference);
    assert.deepEqual(parseReference(text), reference, `${text}, seed ${random.seed}`);
    assert.equal(formatReference(parseReference(text)), text);
  }
});

test("tagOrDigest() prefers the digest", () => {
  assert.equal(tagOrDigest({ tag: "1", digest: SHA256 }), SHA256);
  assert.equal(tagOrDigest({ tag: "1" }), "1");
  assert.equal(tagOrDigest({}), "latest");
});

test("parseRegistryName() reads host and port", () => {
  assert.equal(parseRegistryName("LOCALHOST:5000"), "localhost:5000");
  assert.equal(parseRegistryName("index.docker.io"), "docker.io");
  for (
    const text of ["", "a/b", "u@h", "h:1:2", "h ", "h\u0000", "https://h", "h?", "h#", "h:99999"]
  ) {
    assert.throws(() => parseRegistryName(text), SyntaxError, text);
  }
});

test("parseRepositoryName() reads a path", () => {
  assert.equal(parseRepositoryName("a/b_c"), "a/b_c");
  for (const text of ["", "A", "a:1", "../a", "a/./b"]) {
    assert.throws(() => parseRepositoryName(text), SyntaxError, text);
  }
});

type Random = ReturnType<typeof createRandom>;

function randomReference(random: Random): Reference {
  const part = (): string =>
    random.text("abc019", 1, 5) +
    (random.flip() ? random.pick([".", "_", "__", "-", "---"]) + random.text("abc019", 1, 5) : "");
  const path = (length: number): string => Array.from({ length }, part).join("/");
  const registry = random.pick([
    "docker.io",
    "localhost",
    "localhost:5000",
    "[::1]:1",
    "[fe80::a]",
    `${random.text("abc9", 1, 9)}.${random.text("abc9", 1, 9)}`,
    `${random.text("abc9", 1, 9)}:${random.integer(65_535)}`,
  ]);
  const repository = path(registry === "docker.io" ? 2 : 1 + random.integer(3));
  const tag = random.text("abcXYZ019_", 1, 1) + random.text("abcXYZ019_.-", 0, 127);
  const digest = random.flip() ? SHA256 : SHA512;
  const kind = random.integer(3);
  return {
    registry,
    repository,
    ...(kind < 2 ? { tag } : {}),
    ...(kind > 0 ? { digest } : {}),
  };
}

test("formatFamiliarReference() leaves out what goes without saying, and can be read back", () => {
  const table: readonly (readonly [full: string, familiar: string])[] = [
    ["docker.io/library/site:dev", "site:dev"],
    ["docker.io/acme/site:dev", "acme/site:dev"],
    ["docker.io/library/a/b:1", "library/a/b:1"],
    ["docker.io/a.b/c:1", "docker.io/a.b/c:1"],
    ["docker.io/localhost/c:1", "docker.io/localhost/c:1"],
    ["ghcr.io/acme/site:1", "ghcr.io/acme/site:1"],
    [`docker.io/library/site@${SHA256}`, `site@${SHA256}`],
  ];
  for (const [full, familiar] of table) {
    const reference = parseReference(full);
    assert.equal(formatFamiliarReference(reference), familiar);
    assert.deepEqual(parseReference(familiar), reference);
  }
});
