import assert from "node:assert/strict";
import { test } from "node:test";
import { APPEND } from "../../../lib/cli/commands/append_command.ts";
import { BATCH } from "../../../lib/cli/commands/batch_command.ts";
import {
  checkApartValues,
  checkExpansion,
  checkLocalImage,
} from "../../../lib/cli/commands/check_mistakes.ts";
import type { Command } from "../../../lib/cli/commands/command.ts";
import { EXPORT } from "../../../lib/cli/commands/export_command.ts";
import { TAGS } from "../../../lib/cli/commands/tags_command.ts";
import { createFakeIo } from "../fake_io.ts";

const FILES = ["dist/a", "dist/b", "dist/c", "app", "b.tar"];

/** Checks a line of operands with the values of one option, on a disk with files. */
function check(flag: string, value: string, operands: string): void {
  const io = createFakeIo({ files: Object.fromEntries(FILES.map((path) => [path, "x"])) });
  checkExpansion({ operands: operands.split(" "), given: new Map([[flag, [value]]]) }, io);
}

test("checkExpansion() explains what a shell has made of a pattern", () => {
  for (const operands of ["base/x host/t:1 dist/b", "dist/b dist/c base/x host/t:1"]) {
    assert.throws(() => check("add", "dist/a", operands), {
      name: "UsageError",
      message:
        `Cannot use "dist/b" as an operand: the shell expanded the pattern of --add into several files; quote it: --add 'dist/*:/srv' has them in /srv`,
    });
  }
  assert.throws(() => check("layer", "a.tar", "base/x host/t:1 b.tar"), {
    message: /expanded the pattern of --layer into several files; each of them needs a --layer/,
  });
});

test("checkExpansion() lets names of images pass that are names of files, too", () => {
  check("add", "dist", "localhost:5000 app 1 2");
  check("add", "dist/a", "dist/b dist/c");
  check("add", "dist/a:/srv", "base/x host/t:1 dist/b");
  check("add", "other/a", "base/x host/t:1 dist/b");
  check("add", "dist/a", "base/x host/t:1 dist/none");
});

test("checkLocalImage() explains how a file or an archive is named where an image is meant", () => {
  const io = createFakeIo({ files: { "./site": "x", "images.tar": "x", "/etc/nginx": "x" } });
  const check = (command: Command, ...operands: readonly string[]): void =>
    checkLocalImage(command, { operands, given: new Map() }, io);
  for (const path of ["./site", "images.tar"]) {
    for (const operands of [[path, "host/t:1"], ["host/t:1", path]]) {
      assert.throws(() => check(APPEND, ...operands), {
        name: "UsageError",
        message: new RegExp(`^Cannot use "${path}" as an image: it is on this machine; .*oci:DIR`),
      });
    }
  }
  check(APPEND, "other.tar", "host/t:1");
  // Paths of an image.
  check(EXPORT, "host/t:1", "/etc/nginx");
  assert.throws(() => check(EXPORT, "images.tar", "/etc/nginx"), { name: "UsageError" });
  check(BATCH, "./site");
});

test("checkApartValues() explains that some options take a value only after =", () => {
  const cases: readonly (readonly [flag: string, operands: string, said?: string])[] = [
    ["read-base", "base/x host/t:1 all", "--read-base=all"],
    ["read-base", "base/x all host/t:1", "--read-base=all"],
    ["plain-http", "host/x host/t:1 host:5000", "--plain-http=host:5000"],
    ["read-base", "base/x host/t:1"],
    ["read-base", "host app:1 app:2"],
    ["read-base", "host/x app:1 app:2"],
  ];
  for (const [flag, operands, said] of cases) {
    const line = { operands: operands.split(" "), given: new Map([[flag, [undefined]]]) };
    const check = (): void => checkApartValues(APPEND, line);
    if (said === undefined) check();
    else assert.throws(check, { name: "UsageError", message: new RegExp(`as in ${said}$`) });
  }
  const given = new Map([["plain-http", [undefined]]]);
  const line = { operands: ["host/x", "host"], given };
  assert.throws(() => checkApartValues(TAGS, line), /Cannot use "host" as an operand/);
});
