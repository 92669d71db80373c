import assert from "node:assert/strict";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DENO } from "./appendlayer.ts";
import { exec } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const PLUGIN = fileURLToPath(new URL("../../scripts/lint", import.meta.url));
const [deno = "deno"] = DENO.command;

/** Lints one planted file with the project's plugin. */
async function lint(path: string, source: string): Promise<{ code: number; stderr: string }> {
  return await withDirectory(async (directory) => {
    await cp(PLUGIN, join(directory, "scripts", "lint"), { recursive: true });
    await writeFile(
      join(directory, "deno.json"),
      JSON.stringify({ lint: { plugins: ["./scripts/lint/plugin.ts"], rules: { tags: [] } } }),
    );
    await mkdir(join(directory, path, ".."), { recursive: true });
    await writeFile(join(directory, path), source);
    return await exec([deno, "lint", path], { cwd: directory });
  });
}

test("deno lint fails on a planted upward import, whatever its form", async () => {
  const planted = [
    'import { x } from "../image/append.ts";\nx();',
    'import type { X } from "../image/append.ts";\nexport const x: X[] = [];',
    'export { x } from "../image/append.ts";',
    'export * from "../image/append.ts";',
    'export const x = import("../image/append.ts");',
    'export const x: import("../image/append.ts").X[] = [];',
  ];
  for (const source of planted) {
    const { code, stderr } = await lint("lib/registry/upload.ts", source);
    assert.equal(code, 1, source);
    assert.match(stderr, /"lib\/registry" may not import from "lib\/image"/, source);
  }
});

test("deno lint lets a downward import pass", async () => {
  const { code, stderr } = await lint(
    "lib/registry/upload.ts",
    'export { x } from "../oci/digest.ts";\nexport const y = import("../base/bytes.ts");',
  );
  assert.equal(code, 0, stderr);
});

test("deno lint fails on a Node builtin outside the host", async () => {
  const { code, stderr } = await lint("lib/registry/upload.ts", 'import "node:http";');
  assert.equal(code, 1);
  assert.match(stderr, /no node: here/);
});
