import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isPlatformPath, platformPath } from "../../../lib/host/files/platform_path.ts";
import { parsePlatform } from "../../../lib/oci/platform.ts";
import { withDirectory } from "../temporary.ts";

const AMD64 = parsePlatform("linux/amd64");

test("platformPath() finds what lies there for a platform, patterns too", async () => {
  await withDirectory(async (directory) => {
    await mkdir(join(directory, "amd64"));
    for (const name of ["app-amd64", "amd64/a.conf"]) await writeFile(join(directory, name), "");
    assert.equal(platformPath(`${directory}/app-{arch}`, AMD64), `${directory}/app-amd64`);
    assert.equal(platformPath(`${directory}/{arch}`, AMD64), `${directory}/amd64`);
    assert.equal(platformPath(`${directory}/{arch}/*.conf`, AMD64), `${directory}/amd64/*.conf`);
    assert.throws(() => platformPath(`${directory}/{arch}/*.txt`, AMD64), RangeError);
  });
});

test("platformPath() takes a path as written that is there, or that has none of its words", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "app-{arch}");
    assert.ok(isPlatformPath(path));
    for (const name of ["app-{arch}", "app-amd64"]) await writeFile(join(directory, name), "");
    assert.ok(!isPlatformPath(path));
    assert.equal(platformPath(path, AMD64), path);
    assert.equal(platformPath(join(directory, "{target}"), AMD64), join(directory, "{target}"));
  });
});

test("platformPath() tells what there is where a platform has no file", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/app-{os}-{arch}`;
    const message = (end: string): RangeError =>
      new RangeError(
        `Cannot use "${path}" for "linux/amd64": "${directory}/app-linux-amd64" is not there; ${end}`,
      );
    assert.throws(() => platformPath(path, AMD64), message("nor is one for any other platform"));
    for (const arch of ["s390x", "arm64"]) await writeFile(`${directory}/app-linux-${arch}`, "");
    const found = `there is "${directory}/app-linux-arm64", "${directory}/app-linux-s390x"`;
    assert.throws(() => platformPath(path, AMD64), message(found));
    for (let number = 0; number < 12; number++) await writeFile(`${directory}/app-x-${number}`, "");
    assert.throws(() => platformPath(path, AMD64), /app-x-5", …$/);
  });
});
