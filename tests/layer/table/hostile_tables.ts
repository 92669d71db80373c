/** Tables of contents that a stranger could have made, none of which can be true of its layer. */

import { STARGZ_FOOTER } from "../../../lib/layer/table/read_table.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { hasZstd, stargz, type TabledLayer, type Tampering, zstdChunked } from "./tabled_layers.ts";

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

export function file(path: string, text: string): TarEntry {
  const content = new TextEncoder().encode(text);
  return { ...COMMON, path, mode: 0o644, uid: 5, type: "file", size: content.length, content };
}

/** What the layers hold. */
export const ENTRIES: readonly TarEntry[] = [
  { ...COMMON, path: "srv/", type: "directory" },
  file("srv/ä b", "one"),
  file("srv/empty", ""),
  file("srv/z", "two".repeat(10_000)),
  { ...COMMON, path: "srv/hard", type: "hard-link", linkPath: "srv/z" },
  { ...COMMON, path: "srv/link", type: "symlink", linkPath: "z" },
  file("srv/.wh.gone", ""),
];

/** A way to make a layer with a table. */
export interface TableFormat {
  readonly name: "eStargz" | "zstd:chunked";
  make(entries: readonly TarEntry[], tampering?: Tampering): Promise<TabledLayer>;
}

/** Those that can be made here. */
export const FORMATS: readonly TableFormat[] = [
  { name: "eStargz", make: stargz },
  ...hasZstd ? [{ name: "zstd:chunked", make: zstdChunked } as const] : [],
];

/** By what is wrong with each, of a layer with {@linkcode ENTRIES}. */
export function hostileTables(name: TableFormat["name"]): Readonly<Record<string, Tampering>> {
  const change = (at: number, fields: Record<string, unknown>): Tampering => ({
    entries: (entries) => entries.map((one, index) => index === at ? { ...one, ...fields } : one),
  });
  const common: Readonly<Record<string, Tampering>> = {
    "no list of entries": { text: () => '{"version":1,"entries":null}' },
    "its entries under another name": { text: (text) => text.replace('"entries"', '"files"') },
    "a version that is text": { text: (text) => text.replace(": 1,", ': "1",') },
    "100,000 lists in one another": {
      text: (text) => text.replace('"mode"', `"x":${"[".repeat(1e5)}${"]".repeat(1e5)},"mode"`),
    },
    "a size of 100,000 digits": {
      text: (text) => text.replace('"size": 3', `"size": ${"9".repeat(100_000)}`),
    },
    "no entries": { text: () => '{"version":1}' },
    "another version": { text: (text) => text.replace(": 1,", ": 2,") },
    "no JSON": { text: (text) => text.slice(0, -3) },
    "two lists": { text: (text) => text.replace(/\}$/, ',"entries":[]}') },
    "entries that are no objects": { entries: () => [1, "x", null] },
    "an array in the entries": { entries: (entries) => [...entries, []] },
    "an entry of 1 MiB": change(1, { userName: "x".repeat(1 << 20) }),
    "much around the entries": {
      text: (text) => text.replace(/\}$/, `,"x":"${"x".repeat(1 << 20)}"}`),
    },
    "a type that all objects inherit": change(1, { type: "__proto__" }),
    "an unknown type": change(1, { type: "magic" }),
    "a type of every object": change(1, { type: "constructor" }),
    "no name": change(1, { name: undefined }),
    "a name that is no text": change(1, { name: 5 }),
    "a path that leaves the root": change(1, { name: "../x" }),
    "a path twice": change(2, { name: "srv/ä b" }),
    "a digest that is none": change(1, { digest: "sha256:zz" }),
    "a digest of another algorithm": change(1, { digest: "md5:d41d8cd98f00b204e9800998ecf8427e" }),
    "the digest of nothing for something": change(1, {
      digest: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }),
    "a negative size": change(1, { size: -1 }),
    "a size past 2^53": change(1, { size: 2 ** 60 }),
    "a mode with a fraction": change(1, { mode: 0.5 }),
    "a user that is text": change(1, { uid: "0" }),
    "a time that is none": change(1, { modtime: "yesterday" }),
    "a content behind the table": change(1, { offset: 2 ** 40, endOffset: 2 ** 41 }),
    "contents in another order": change(3, { offset: 1, endOffset: 2 }),
    "a content without a place": change(3, { offset: undefined, endOffset: undefined }),
    "contents over one another": {
      entries: (entries) =>
        entries.map((one, index) => index === 3 ? { ...entries[1], name: "srv/z" } : one).map(
          (one, index) => index === 3 ? { ...one, offset: 0 } : one,
        ),
    },
    "a place past 2^53": change(3, { offset: 2 ** 60, endOffset: 2 ** 61 }),
    "a place before the layer": change(3, { offset: -1 }),
    "a hard link out of the root": change(4, { linkName: "../../etc/passwd" }),
    "a hard link to itself": change(4, { linkName: "srv/hard" }),
    "a hard link to a directory": change(4, { linkName: "srv" }),
    "a hard link to nothing": change(4, { linkName: "srv/none" }),
    "a link that is no text": change(5, { linkName: 7 }),
    "another digest of the table": {
      annotations: (all) =>
        Object.fromEntries(
          Object.entries(all).map(([key, value]) => [key, value.replace(/^sha256:./, "sha256:_")]),
        ),
    },
    "no digest of the table": {
      annotations: (all) =>
        Object.fromEntries(Object.entries(all).filter(([, value]) => !value.startsWith("sha256"))),
    },
    "a layer that is cut": { bytes: (bytes) => bytes.slice(0, -10) },
    "other bytes where the table is": {
      bytes: (bytes) => bytes.map((byte, at) => at > bytes.length - 200 ? byte ^ 1 : byte),
    },
  };

  const own: Readonly<Record<string, Tampering>> = name === "eStargz"
    ? {
      "another magic in its footer": footer("SG", "XX"),
      "another word in its footer": footer("STARGZ", "STARGY"),
      "a place behind the layer in its footer": {
        bytes: (bytes) => {
          const changed = bytes.slice();
          changed.fill(0x66, changed.length - 35, changed.length - 19);
          return changed;
        },
      },
      "a member that is cut": {
        bytes: (bytes) =>
          new Uint8Array([...bytes.subarray(0, -80), ...bytes.subarray(-STARGZ_FOOTER)]),
      },
      "no digits in its footer": footer("0000", "zzzz"),
    }
    : {
      "a content that ends before it begins": change(3, { endOffset: 1 }),
      "a content of no bytes": {
        entries: (entries) =>
          entries.map((one, index) => index === 3 ? { ...one, endOffset: one["offset"] } : one),
      },
      "a length that is more than it has": position((start, length, plain) =>
        `${start}:${length}:${plain + 1}:1`
      ),
      "a length that is less than it has": position((start, length, plain) =>
        `${start}:${length}:${plain - 1}:1`
      ),
      "an end behind the layer": position((start, length, plain) =>
        `${start}:${length + 1}:${plain}:1`
      ),
      "a place that is the archive's": position((_start, length, plain) =>
        `0:${length}:${plain}:1`
      ),
      "another kind of table": position((start, length, plain) => `${start}:${length}:${plain}:2`),
    };

  return { ...common, ...own };
}

/** Changes text in the footer of eStargz. */
function footer(from: string, to: string): Tampering {
  return {
    bytes: (bytes) => {
      const text = Buffer.from(bytes.subarray(-STARGZ_FOOTER)).toString("latin1");
      const changed = Buffer.from(text.replace(from, to), "latin1");
      return new Uint8Array([...bytes.subarray(0, -STARGZ_FOOTER), ...changed]);
    },
  };
}

/** Says where a table of zstd:chunked is. */
function position(say: (start: number, length: number, plain: number) => string): Tampering {
  const key = "io.github.containers.zstd-chunked.manifest-position";
  return {
    annotations: (all) => {
      const [start = 0, length = 0, plain = 0] = (all[key] ?? "").split(":").map(Number);
      return { ...all, [key]: say(start, length, plain) };
    },
  };
}
