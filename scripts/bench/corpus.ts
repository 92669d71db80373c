/** Real files to measure with: half of them source and text, half programs and libraries. */

import { shell } from "./measure.ts";

/** Where a Debian or Ubuntu machine has them; what is missing is passed over. */
const TREES = [
  [
    "/usr/include",
    "/usr/lib/python3",
    "/usr/lib/python3.11",
    "/usr/lib/python3.12",
    "/usr/lib/node_modules",
    "/usr/local/go/src",
    "/usr/share/perl",
    "/usr/share/vim",
    "/usr/share/doc",
  ],
  ["/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/local/bin"],
] as const;

const LARGEST_FILE = 16 * 1024 * 1024;

/** Files of some trees up to a total size, in an order that mixes them but is the same every time. */
async function choose(trees: readonly string[], size: number): Promise<string[]> {
  const found = await shell(
    `find ${trees.join(" ")} -type f -size +0 -printf '%s %p\\n' 2>/dev/null || true`,
  );
  const files = found.split("\n").map((line) => {
    const [, bytes = "0", path = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
    return { bytes: Number(bytes), path, order: hash(path) };
  });
  files.sort((a, b) => a.order - b.order || (a.path < b.path ? -1 : 1));
  let left = size;
  return files.filter(({ bytes, path }) => {
    if (path === "" || bytes > LARGEST_FILE || bytes > left) return false;
    left -= bytes;
    return true;
  }).map(({ path }) => path);
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * Makes an archive.
 *
 * @param file Its name.
 * @param size Bytes of content, about.
 */
export async function makeCorpus(file: string, size: number): Promise<void> {
  const paths: string[] = [];
  for (const trees of TREES) paths.push(...await choose(trees, size / TREES.length));
  await Deno.writeTextFile(`${file}.list`, paths.join("\0"));
  await shell(`tar -c -f ${file} --null --owner=0 --group=0 -T ${file}.list 2>/dev/null`);
}
