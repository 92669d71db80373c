import assert from "node:assert/strict";
import { test } from "node:test";
import { fillPlatformWords, hasPlatformWords } from "../../../lib/layer/files/platform_words.ts";
import { parsePlatform } from "../../../lib/oci/platform.ts";

const FILLED: readonly (readonly [path: string, platform: string, filled: string])[] = [
  ["dist/app-{os}-{arch}", "linux/amd64", "dist/app-linux-amd64"],
  ["{arch}{variant}/{arch}", "linux/arm/v7", "armv7/arm"],
  ["{arch}{variant}", "linux/riscv64", "riscv64"],
  ["{target}/{arch}/{{os}}", "windows/amd64", "{target}/amd64/{windows}"],
  ["{machine}", "linux/amd64", "x86_64"],
  ["{machine}", "linux/amd64/v3", "x86_64"],
  ["{machine}", "linux/arm64/v8", "aarch64"],
  ["{machine}", "linux/arm/v7", "armv7l"],
  ["{machine}", "linux/arm", "armv7l"],
  ["{machine}", "linux/arm/v6", "armv6l"],
  ["{machine}", "linux/386", "i686"],
  ["{machine}", "linux/ppc64le", "ppc64le"],
  ["{machine}", "linux/s390x", "s390x"],
  ["{machine}", "linux/riscv64", "riscv64"],
];

for (const [path, platform, filled] of FILLED) {
  test(`fillPlatformWords() makes "${filled}" of "${path}" for ${platform}`, () => {
    assert.equal(fillPlatformWords(path, parsePlatform(platform)), filled);
  });
}

test("fillPlatformWords() refuses {machine} where it is not known", () => {
  for (const platform of ["linux/arm/v5", "linux/mips64le", "linux/386/softfloat"]) {
    assert.throws(
      () => fillPlatformWords("app-{machine}", parsePlatform(platform)),
      new RangeError(
        `Cannot use "app-{machine}" for "${platform}": it has no known {machine}; {arch} and {variant} say what it is`,
      ),
    );
  }
  assert.equal(fillPlatformWords("{arch}", parsePlatform("linux/mips64le")), "mips64le");
});

test("hasPlatformWords() knows its own words alone, however often it is asked", () => {
  for (let time = 0; time < 3; time++) assert.ok(hasPlatformWords("a{arch}"));
  for (const path of ["a", "{}", "{Arch}", "{target}", "$arch"]) assert.ok(!hasPlatformWords(path));
});
