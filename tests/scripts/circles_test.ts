import { test } from "node:test";
import assert from "node:assert/strict";
import { findCircle, importedFiles } from "../../scripts/lint/circles.ts";

const FILES: Readonly<Record<string, string>> = {
  "lib/oci/a.ts": 'import { b } from "./b.ts";\nimport type { D } from "../base/d.ts";',
  "lib/oci/b.ts": 'import {\n  type C,\n} from "./inner/c.ts";',
  "lib/oci/inner/c.ts": 'export { e } from "../e.ts";\nexport type { A } from "../a.ts";',
  "lib/oci/e.ts": "export const e = 1;",
  "lib/base/d.ts": 'import { a } from "../oci/a.ts";',
};

const read = (file: string): string | undefined => FILES[file];

test("importedFiles() reads imports and re-exports, of types too", () => {
  assert.deepEqual(importedFiles("lib/oci/inner/c.ts", FILES["lib/oci/inner/c.ts"] ?? ""), [
    "lib/oci/e.ts",
    "lib/oci/a.ts",
  ]);
});

test("findCircle() names the way back to a file through its room", () => {
  assert.deepEqual(findCircle("lib/oci/a.ts", "lib/oci/b.ts", read), [
    "lib/oci/a.ts",
    "lib/oci/b.ts",
    "lib/oci/inner/c.ts",
    "lib/oci/a.ts",
  ]);
});

test("findCircle() leaves ways alone that end, that begin elsewhere or that leave the room", () => {
  assert.equal(findCircle("lib/oci/inner/c.ts", "lib/oci/e.ts", read), undefined);
  assert.equal(findCircle("lib/oci/a.ts", "lib/base/d.ts", read), undefined);
  assert.equal(findCircle("lib/oci/f.ts", "lib/oci/a.ts", read), undefined);
});
