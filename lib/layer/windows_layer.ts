/** Turns an archive into a layer for Windows: its files are below `Files`, beside the registry's `Hives`. */

import type { Transform } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { rewriteTar } from "../tar/rewriter.ts";
import { imagePathParts } from "./files/image_path.ts";

const FILES = "Files";
const HIVES = "Hives";

/**
 * A security descriptor in binary, as Base64: owner and group are `BUILTIN\Users`. Windows hosts refuse entries without one; BuildKit
 * and crane write this one.
 */
const SECURITY_DESCRIPTOR =
  "AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA==";
const KEYWORD = "MSWINDOWS.rawsd";

/** Passes nearly all other paths quickly: there may be very many. */
const MAYBE_OF_WINDOWS = /^[./]*(?:Files|Hives)|\.\.\//;

/** Whether an entry shows that the archive was made for Windows. */
export function isOfWindows({ path }: Pick<TarEntryHeader, "path">): boolean {
  if (!MAYBE_OF_WINDOWS.test(path)) return false;
  const [top] = imagePathParts(path) ?? [];
  return top === FILES || top === HIVES;
}

/** A stage that puts all entries below `Files`, including whiteouts and the targets of hard links. */
export function windowsLayer(): Transform {
  return (source) => {
    let isFirst = true;
    return rewriteTar(moveEntry, {
      before({ path }): TarEntryHeader[] {
        if (!isFirst) return [];
        isFirst = false;
        // The root itself may have an entry.
        const names = path === `${FILES}/` ? [HIVES] : [FILES, HIVES];
        return names.map((name) => ({
          path: `${name}/`,
          type: "directory",
          size: 0,
          mode: 0o555,
          uid: 0,
          gid: 0,
          mtime: 0,
        }));
      },
    })(source);
  };
}

function moveEntry(entry: TarEntryHeader): TarEntryHeader {
  const { path, type, linkPath, records = [] } = entry;
  const slash = type === "directory" ? "/" : "";
  return {
    ...entry,
    path: below(path) + slash,
    ...(type === "hard-link" && { linkPath: below(linkPath ?? "") }),
    records: [
      ...records.filter(([keyword]) => keyword !== KEYWORD),
      [KEYWORD, SECURITY_DESCRIPTOR],
    ],
  };
}

/** A path below `Files`. One that leaves the root stays as it is, and is refused later. */
function below(path: string): string {
  const parts = imagePathParts(path);
  return parts === undefined ? path : [FILES, ...parts].join("/");
}
