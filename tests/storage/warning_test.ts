import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { WARNING_CODES } from "../../lib/storage/warning.ts";

test("docs/warnings.md explains every code of a warning, and no other", () => {
  const text = readFileSync(join(process.cwd(), "docs", "warnings.md"), "utf8");
  const codes = [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
  assert.deepEqual(codes, [...WARNING_CODES].sort());
});
