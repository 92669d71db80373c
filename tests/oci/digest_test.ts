import assert from "node:assert/strict";
import { test } from "node:test";
import { digestAlgorithm, digestOf, isDigest, parseDigest } from "../../lib/oci/digest.ts";

const SHA256 = `sha256:${"0123456789abcdef".repeat(4)}` as const;
const SHA512 = `sha512:${"0123456789abcdef".repeat(8)}` as const;

const INVALID: readonly unknown[] = [
  "",
  "sha256:",
  SHA256.slice(0, -1),
  `${SHA256}0`,
  `${SHA256}\n`,
  SHA256.toUpperCase(),
  SHA512.replace("sha512", "sha256"),
  `md5:${"0".repeat(32)}`,
  "sha256:../../../etc/passwd",
  5,
  null,
  undefined,
  [SHA256],
];

test("parseDigest() takes sha256 and sha512 in lower case", () => {
  for (const digest of [SHA256, SHA512]) {
    assert(isDigest(digest));
    assert.equal(parseDigest(digest), digest);
  }
});

for (const value of INVALID) {
  test(`parseDigest() rejects ${JSON.stringify(value)}`, () => {
    assert(!isDigest(value));
    assert.throws(() => parseDigest(value), SyntaxError);
  });
}

test("digestOf() agrees with the published hashes of nothing", async () => {
  const nothing = new Uint8Array();
  const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  assert.equal(await digestOf(nothing), empty);
  assert.match(await digestOf(nothing, "sha512"), /^sha512:cf83e1357eefb8bd/);
});

test("digestAlgorithm() names the algorithm", () => {
  assert.equal(digestAlgorithm(SHA256), "sha256");
  assert.equal(digestAlgorithm(SHA512), "sha512");
});
