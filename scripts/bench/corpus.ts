/** Makes an archive of real files to measure with: half source code, half programs and libraries. */

import { shell } from "./measure.ts";

/** Directories of Debian and Ubuntu, with an equal share each; those that are missing are skipped. */
const TREES = [
  ["/usr/include", "/usr/lib/python3", "/usr/lib/node_modules", "/usr/local/go/src"],
  ["/usr/bin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/gcc"],
] as const;

const LARGEST_FILE = 16 * 1024 * 1024;

/** Files of a directory up to a total size, in the order of their names. */
async function choose(tree: string, size: number): Promise<string[]> {
  const found = await shell(`find ${tree} -type f -size +0 -printf '%s %p\n' | LC_ALL=C sort -k 2`);
  let left = size;
  return found.split("\n").flatMap((line) => {
    const [, digits = "0", path = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
    const bytes = Number(digits);
    if (path === "" || bytes > LARGEST_FILE || bytes > left) return [];
    left -= bytes;
    return [path];
  });
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/**
 * Makes an archive.
 *
 * @param file The archive's path.
 * @param size About how many bytes of content it has.
 */
export async function makeCorpus(file: string, size: number): Promise<void> {
  const paths: string[] = [];
  for (const trees of TREES) {
    const there: string[] = [];
    for (const tree of trees) if (await isThere(tree)) there.push(tree);
    const part = size / TREES.length / there.length;
    for (const tree of there) paths.push(...await choose(tree, part));
  }
  await Deno.writeTextFile(`${file}.list`, paths.join("\0"));
  await shell(`tar -c -f ${file} --null --owner=0 --group=0 -T ${file}.list 2>/dev/null`);
}
