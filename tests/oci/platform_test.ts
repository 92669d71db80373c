import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPlatform, matchesPlatform, parsePlatform } from "../../lib/oci/platform.ts";

const VALID: readonly (readonly [text: string, normal: string])[] = [
  ["linux/amd64", "linux/amd64"],
  ["Linux/AMD64", "linux/amd64"],
  ["linux/arm64/v8", "linux/arm64/v8"],
  ["linux/x86_64", "linux/amd64"],
  ["linux/aarch64", "linux/arm64"],
  ["linux/armhf", "linux/arm/v7"],
  ["linux/armel", "linux/arm/v6"],
  ["linux/i386", "linux/386"],
  ["macos/arm64", "darwin/arm64"],
  ["windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"],
];

const INVALID = ["", "linux", "linux/", "/amd64", "linux/a/b/c", "linux /amd64", "linux,amd64"];

/** Wanted, had, and whether that is a match. */
const MATCHES: readonly (readonly [wanted: string, have: string, matches: boolean])[] = [
  ["linux/amd64", "linux/amd64", true],
  ["linux/amd64", "linux/arm64", false],
  ["linux/amd64", "windows/amd64", false],
  ["linux/arm", "linux/arm/v6", true],
  ["linux/arm/v7", "linux/arm/v6", false],
  ["linux/arm/v7", "linux/arm", true],
  ["linux/arm64", "linux/arm64/v8", true],
  ["linux/arm64/v8", "linux/arm64", true],
  ["linux/amd64/v2", "linux/amd64", false],
  ["windows/amd64", "windows(10.0.17763.1)/amd64", true],
  ["windows(10.0.17763)/amd64", "windows(10.0.17763.1)/amd64", true],
  ["windows(10.0.17763)/amd64", "windows(10.0.177631)/amd64", false],
  ["windows(10.0.17763)/amd64", "windows/amd64", false],
];

for (const [text, normal] of VALID) {
  test(`parsePlatform() reads "${text}" as ${normal}`, () => {
    assert.equal(formatPlatform(parsePlatform(text)), normal);
    assert.deepEqual(parsePlatform(normal), parsePlatform(text));
  });
}

test("parsePlatform() rejects what is not a platform", () => {
  for (const text of INVALID) assert.throws(() => parsePlatform(text), SyntaxError, text);
});

for (const [wanted, have, matches] of MATCHES) {
  test(`matchesPlatform() says that ${wanted} ${matches ? "is" : "is not"} met by ${have}`, () => {
    assert.equal(matchesPlatform(parsePlatform(wanted), parsePlatform(have)), matches);
  });
}
