/** Random trees on disk, for tests of what makes one equal to another. */

import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const NAMES = ["a", "b", "c d", "é", "日本", "x.log", "e-1", ".hidden", "z z.txt", "ü"];

/** Makes a tree of up to a few dozen entries. */
export function makeTree(root: string, random: () => number): void {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const files: string[] = [];
  let left = 2 + Math.floor(random() * 25);
  const fill = (directory: string, depth: number): void => {
    const names = NAMES.filter(() => random() < 0.45);
    for (const name of names) {
      if (left-- <= 0) return;
      const path = join(directory, name);
      const kind = random();
      if (kind < 0.3 && depth < 4) {
        mkdirSync(path);
        fill(path, depth + 1);
        chmodSync(path, random() < 0.3 ? 0o700 : 0o755);
      } else if (kind < 0.4) {
        symlinkSync(["a", "../b", "/etc/x", "nowhere"][Math.floor(random() * 4)] ?? "a", path);
      } else if (kind < 0.47 && files.length > 0) {
        linkSync(files[Math.floor(random() * files.length)] ?? "", path);
      } else {
        writeFileSync(path, `${Math.floor(random() * 3)}`.repeat(Math.floor(random() * 3)));
        chmodSync(path, random() < 0.3 ? 0o755 : 0o644);
        files.push(path);
      }
    }
  };
  fill(root, 0);
  if (left > 0) writeFileSync(join(root, "one"), "1");
}

/** Changes a few things of a tree: contents, modes, types, names. */
export function changeTree(root: string, random: () => number): void {
  for (const at of pathsBelow(root)) {
    const status = statusOf(at);
    if (status === undefined) continue;
    const kind = random();
    if (kind < 0.08) rmSync(at, { recursive: true });
    else if (kind < 0.16 && status.isFile()) writeFileSync(at, `${Math.floor(random() * 4)}`);
    else if (kind < 0.22 && !status.isSymbolicLink()) chmodSync(at, 0o750);
    else if (kind < 0.26) {
      rmSync(at, { recursive: true });
      const other = random();
      if (other < 0.5) mkdirSync(at);
      else if (other < 0.75) symlinkSync("elsewhere", at);
      else writeFileSync(at, "in its place");
    } else if (kind < 0.32 && status.isDirectory()) {
      rmSync(join(at, "new"), { recursive: true, force: true });
      writeFileSync(join(at, "new"), "new");
    }
  }
  rmSync(join(root, "one"), { recursive: true, force: true });
  writeFileSync(join(root, "one"), `${random()}`);
}

/** All paths below a directory, links not followed: not every runtime's own walk leaves them alone. */
function pathsBelow(directory: string): string[] {
  return readdirSync(directory).sort().flatMap((name) => {
    const path = join(directory, name);
    return statusOf(path)?.isDirectory() ? [path, ...pathsBelow(path)] : [path];
  });
}

/** Undefined where it is gone, or something above it. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
