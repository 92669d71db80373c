/** Paths that differ by platform. */

import { isNamePattern } from "../../layer/files/name_pattern.ts";
import {
  fillPlatformWords,
  hasPlatformWords,
  replacePlatformWords,
} from "../../layer/files/platform_words.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { builtin } from "../builtin.ts";
import { expandSource } from "./expand_source.ts";

/** The most paths that an error names. */
const MOST_NAMED = 10;

/** Whether a path differs by platform: it has placeholders, and does not exist as it is written. */
export function isPlatformPath(path: string): boolean {
  return hasPlatformWords(path) && !isThere(path);
}

/**
 * The path for a platform: `{os}` and `{arch}` are as in `linux/arm64`, `{variant}` is as in `v7` or empty, and `{machine}` is what
 * `uname -m` says. A path that exists as it is written is not changed, and neither are other words in braces.
 *
 * @throws {RangeError} if there is no such file. The message lists those that exist.
 * @example
 * ```ts
 * import { platformPath } from "@x/appendlayer/files";
 * import { mkdirSync, writeFileSync } from "node:fs";
 *
 * mkdirSync("programs", { recursive: true });
 * writeFileSync("programs/app-arm64", "…");
 * console.log(platformPath("programs/app-{arch}", { os: "linux", architecture: "arm64" }));
 * // programs/app-arm64
 * ```
 */
export function platformPath(path: string, platform: Platform): string {
  if (!isPlatformPath(path)) return path;
  const own = fillPlatformWords(path, platform);
  if (isNamePattern(own) ? expand(own).length > 0 : isThere(own)) return own;
  throw new RangeError(
    `Cannot use ${JSON.stringify(path)} for "${formatPlatform(platform)}": ${
      JSON.stringify(own)
    } is not there; ${describeFound(expand(replacePlatformWords(path, "*")))}`,
  );
}

function describeFound(found: readonly string[]): string {
  if (found.length === 0) return "nor is one for any other platform";
  const named = found.slice(0, MOST_NAMED).map((path) => JSON.stringify(path)).join(", ");
  return `there is ${named}${found.length > MOST_NAMED ? ", …" : ""}`;
}

function isThere(path: string): boolean {
  return builtin("node:fs").lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function expand(pattern: string): readonly string[] {
  try {
    return expandSource(pattern);
  } catch {
    return [];
  }
}
