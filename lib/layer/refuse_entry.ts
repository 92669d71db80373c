/** Refuses entries that no engine unpacks, or that engines unpack differently. */

import { printableJson } from "../base/printable.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { encodeText } from "../tar/text.ts";
import { WHITEOUT } from "./files/removals.ts";
import { LONGEST_NAME } from "./files/image_path.ts";

/** Bytes of a path or of a link's target, without the NUL at its end (limits.h, PATH_MAX). */
const LONGEST_PATH = 4_095;

/** Bytes that a UTF-16 code unit may take. */
const UNIT = 3;

/** A name that may have more bytes than the longest: with 85 units it has not, whatever they are. */
const MAYBE_LONG_NAME = /[^/]{86}/;

/** Whiteouts that name no file: of nothing, of the directory itself, of the one above. */
const NAMELESS = new Set(["", ".", ".."].map((name) => WHITEOUT + name));

/**
 * Tells why an entry cannot be in a layer, and what to do, as the end of a sentence; undefined if it can. It is checked by itself, without
 * the other entries.
 *
 * @param place Its path in the image: see {@linkcode imagePathOf}.
 */
export function refuseEntry(
  { path, type, typeFlag, linkPath }: Pick<
    TarEntryHeader,
    "path" | "type" | "typeFlag" | "linkPath"
  >,
  place: string | undefined,
): string | undefined {
  if (path === "") return 'the entry "" has no name: leave it out';
  if (type === "other") {
    return `the entry ${show(path)} is of type ${
      show(typeFlag ?? "")
    }, which engines do not know: leave it out, or make the archive with another program`;
  }
  if (path.endsWith("/") && (type === "file" || typeFlag === "0")) {
    return `the entry ${
      show(path)
    } is a file with the name of a directory, and engines take it for one or the other: take the slash away, or make it a directory`;
  }
  if (place === "" && type !== "directory") {
    return `the entry ${
      show(path)
    } puts a ${type} in the place of the root directory: leave it out`;
  }
  if (path.includes(WHITEOUT) && NAMELESS.has(nameOf(place ?? path))) {
    return `the entry ${
      show(path)
    } is a whiteout that names nothing: write ${WHITEOUT} before the name of what is to be gone`;
  }
  if (type === "symlink" || type === "hard-link") {
    const target = linkPath ?? "";
    if (target === "") return `the ${type} ${show(path)} has no target: give it one`;
    if (isLonger(target, LONGEST_PATH)) {
      return `the target of the ${type} ${
        show(path)
      } has more than ${LONGEST_PATH} bytes, which is the most: shorten it`;
    }
  }
  return refuseLength(path);
}

function refuseLength(path: string): string | undefined {
  if (path.length * UNIT <= LONGEST_NAME) return undefined;
  if (isLonger(path, LONGEST_PATH)) {
    return `the path ${
      show(path)
    } has more than ${LONGEST_PATH} bytes, which is the most: shorten it`;
  }
  if (!MAYBE_LONG_NAME.test(path)) return undefined;
  if (!path.split("/").some((name) => isLonger(name, LONGEST_NAME))) return undefined;
  return `a name in the path ${
    show(path)
  } has more than ${LONGEST_NAME} bytes, which is the most: shorten it`;
}

function isLonger(text: string, limit: number): boolean {
  return text.length * UNIT > limit && encodeText(text).length > limit;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A path in a message: in quotes, and cut if it is very long. */
export function show(path: string): string {
  const text = path.length > 500 ? `${path.slice(0, 500)}…` : path;
  return printableJson(JSON.stringify(text));
}
