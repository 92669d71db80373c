/** Makes the JSON entries of a table of contents. */

import { encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader, TarEntryType } from "../../tar/entry.ts";
import { encodeText } from "../../tar/text.ts";
import type { FileParts } from "./layer_cutter.ts";

const TYPES: Readonly<Partial<Record<TarEntryType, string>>> = {
  directory: "dir",
  file: "reg",
  symlink: "symlink",
  "hard-link": "hardlink",
  "character-device": "char",
  "block-device": "block",
  fifo: "fifo",
};

const XATTR = "SCHILY.xattr.";

/** Gives the entries one by one: for each file its own, then one for each further chunk. */
export function* tableEntries(
  files: Iterable<FileParts>,
  format: "zstd:chunked" | "estargz",
): Iterable<Record<string, unknown>> {
  for (const { header, chunks, digest } of files) {
    const type = TYPES[header.type];
    if (type === undefined) continue;
    const [first, ...others] = chunks;
    const last = others.at(-1) ?? first;
    const isCut = others.length > 0;
    const place = first === undefined ? {} : {
      digest,
      offset: first.offset,
      ...(format === "zstd:chunked" ? { endOffset: last?.end } : {}),
      ...(isCut ? { chunkSize: first.size } : {}),
      ...(isCut || format === "estargz" ? { chunkDigest: first.digest } : {}),
    };
    yield { type, ...describe(header), ...place };
    for (const chunk of others) {
      yield {
        type: "chunk",
        name: header.path,
        offset: chunk.offset,
        chunkOffset: chunk.start,
        // In eStargz the last chunk has no size: it reaches to the end of the file.
        ...(format === "estargz" && chunk === last ? {} : { chunkSize: chunk.size }),
        chunkDigest: chunk.digest,
      };
    }
  }
}

function describe(header: TarEntryHeader): Record<string, unknown> {
  const { path, type, linkPath, mode, uid, gid, mtime, size } = header;
  const { userName, groupName, deviceMajor, deviceMinor, records = [] } = header;
  const xattrs = Object.fromEntries(
    records.filter(([keyword]) => keyword.startsWith(XATTR)).map(([keyword, value]) => [
      keyword.slice(XATTR.length),
      encodeBase64(encodeText(value)),
    ]),
  );
  return {
    name: path,
    ...(linkPath === undefined ? {} : { linkName: linkPath }),
    mode,
    ...(type === "file" && size > 0 ? { size } : {}),
    uid,
    gid,
    ...(userName ? { userName } : {}),
    ...(groupName ? { groupName } : {}),
    modtime: new Date(Math.floor(mtime) * 1000).toISOString().replace(".000Z", "Z"),
    ...(deviceMajor === undefined ? {} : { devMajor: deviceMajor }),
    ...(deviceMinor === undefined ? {} : { devMinor: deviceMinor }),
    ...(Object.keys(xattrs).length === 0 ? {} : { xattrs }),
  };
}
