/** Paths in an image, as layers write them: from the root, without a slash in front. */

/** The most bytes of a path, with a NUL at its end, and of a name on Linux (limits.h, PATH_MAX and NAME_MAX). */
export const LONGEST_PATH = 4_096;
export const LONGEST_NAME = 255;

/** Symbolic links that are followed on the way of one path: as many as Linux follows (path_resolution(7)). */
export const MOST_LINKS = 40;

/** Finds paths that {@linkcode imagePathOf} has to normalize: nearly all are written as they are meant. */
const UNUSUAL = /(?:^|\/)\.{0,2}(?:\/|$)/;

/**
 * Normalizes a path: `/a/./b//c/` becomes `a/b/c`, and the root an empty text.
 *
 * @throws {SyntaxError} if it leaves the root or holds a NUL.
 */
export function normalizeImagePath(path: string): string {
  const parts = imagePathParts(path);
  if (parts === undefined) {
    throw new SyntaxError(`expected a path in the image, got ${JSON.stringify(path)}`);
  }
  if (path.includes("\0")) {
    throw new SyntaxError(`expected a path without NUL characters, got ${JSON.stringify(path)}`);
  }
  return parts.join("/");
}

/** The parts of a path from the root, without `.`, `..` and empty ones; undefined if it leaves the root. */
export function imagePathParts(path: string): string[] | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** The path of an entry in the image, without a slash at either end; the root is empty. Undefined if it leaves the root. */
export function imagePathOf(path: string): string | undefined {
  const plain = path.slice(path.startsWith("./") ? 2 : 0, path.endsWith("/") ? -1 : undefined);
  return UNUSUAL.test(plain) ? imagePathParts(path)?.join("/") : plain;
}

/** The names in the target of a symbolic link, `..` included. */
export function pathNames(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Joins a directory of the image, which may be the root, and a path below it. */
export function joinImagePath(directory: string, path: string): string {
  if (directory === "") return path;
  return path === "" ? directory : `${directory}/${path}`;
}

/** The directory that a path is in; undefined for the root. */
export function parentOf(path: string): string | undefined {
  if (path === "") return undefined;
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/**
 * The deepest directory above a path that is another directory, or above that: what is known of that one and all above it need not be
 * looked at again. Directories have a slash at their end, and the root is empty.
 */
export function sharedDirectory(path: string, directory: string): string {
  let shared = directory;
  while (!path.startsWith(shared)) {
    shared = shared.slice(0, shared.lastIndexOf("/", shared.length - 2) + 1);
  }
  return shared;
}

/** Whether a path is in a directory, at any depth. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory) && path.charAt(directory.length) === "/";
}

/**
 * Sorts paths part by part, each by its UTF-16 code units, whatever the locale: so everything in a directory follows it directly.
 */
export function compareImagePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    if (left === SLASH) return -1;
    if (right === SLASH) return 1;
    return left - right;
  }
  return a.length - b.length;
}

const SLASH = 0x2f;
