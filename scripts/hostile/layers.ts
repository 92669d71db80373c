/** Hostile layers: small when they are sent, and as expensive to read as possible. */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** The most bytes of a zstd block. */
const ZSTD_BLOCK = 128 * 1024;

/** A layer with the fields of its descriptor besides its size. */
export interface HostileLayer {
  readonly bytes: Buffer;
  readonly compression: "gzip" | "zstd";
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The headers of one entry. */
function entry(path: string, more: Partial<TarEntryHeader> = {}): Uint8Array {
  const mode = more.type === "directory" ? 0o755 : 0o644;
  return encodeHeaders({ path, type: "file", mode, uid: 0, gid: 0, mtime: 0, size: 0, ...more });
}

const END = Buffer.alloc(1024);

/** An archive with a valid end. */
function archive(parts: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...parts, END]);
}

function gzip(bytes: Buffer): HostileLayer {
  return { bytes: gzipSync(bytes, { level: 1 }), compression: "gzip" };
}

function* times<T>(count: number, make: (index: number) => T): Iterable<T> {
  for (let index = 0; index < count; index++) yield make(index);
}

/** Zeros, compressed as many gzip members in a row. */
function gzipZeros(size: number): Buffer {
  const member = gzipSync(Buffer.alloc(16 * MIB));
  return Buffer.concat([...times(size / (16 * MIB), () => member)]);
}

/** A zstd frame (RFC 8878, 3.1.1): some raw bytes, then a repeated byte. */
function zstd(start: Uint8Array, size: number): HostileLayer {
  const blocks = Math.ceil(size / ZSTD_BLOCK);
  const frame = Buffer.alloc(6 + 3 + start.length + 4 * blocks);
  // No checksum, no content size, a window of 128 KiB.
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]).copy(frame);
  frame.writeUIntLE(start.length << 3, 6, 3);
  frame.set(start, 9);
  for (let block = 0; block < blocks; block++) {
    const isLast = block === blocks - 1 ? 1 : 0;
    frame.writeUIntLE(ZSTD_BLOCK << 3 | 1 << 1 | isLast, 9 + start.length + 4 * block, 3);
  }
  return { bytes: frame, compression: "zstd" };
}

/** An eStargz layer with a given table of contents. */
function estargz(table: Iterable<string>): HostileLayer {
  const json = Buffer.concat([...table].map((text) => Buffer.from(text)));
  const digest = `sha256:${createHash("sha256").update(json).digest("hex")}`;
  const padding = Buffer.alloc((512 - json.length % 512) % 512);
  const content = gzipSync(archive([entry("etc/file"), Buffer.alloc(0)]).subarray(0, 512));
  const toc = gzipSync(
    archive([entry("stargz.index.json", { size: json.length }), json, padding]),
    { level: 1 },
  );
  const footer = Buffer.alloc(51);
  footer.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, 0x53, 0x47, 22, 0]);
  footer.write(`${content.length.toString(16).padStart(16, "0")}STARGZ`, 16, "latin1");
  footer.set([1, 0, 0, 0xff, 0xff], 38);
  return {
    bytes: Buffer.concat([content, toc, footer]),
    compression: "gzip",
    annotations: { "containerd.io/snapshot/stargz/toc.digest": digest },
  };
}

/** A zstd:chunked layer whose table of contents is a frame that claims a size. */
function chunked(table: Buffer, plain: number): HostileLayer {
  const content = zstd(archive([entry("etc/file")]), 1).bytes;
  const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(table.length, 4);
  const checksum = createHash("sha256").update(table).digest("hex");
  const place = "io.github.containers.zstd-chunked.manifest";
  return {
    bytes: Buffer.concat([content, head, table]),
    compression: "zstd",
    annotations: {
      [`${place}-position`]: `${content.length + head.length}:${table.length}:${plain}:1`,
      [`${place}-checksum`]: `sha256:${checksum}`,
    },
  };
}

/** The text of a table with some entries. */
function* tableOf(count: number, describe: (index: number) => string): Iterable<string> {
  yield '{"version":1,"entries":[';
  for (let index = 0; index < count; index++) yield `${index === 0 ? "" : ","}${describe(index)}`;
  yield "]}";
}

const file = archive([entry("etc/file")]);
const long = "n".repeat(250);
/** A path of sixteen names of 250 bytes. */
const deep = Array.from({ length: 16 }, () => long).join("/");

/** The layers by the names of the attacks that use them. */
export const LAYERS: Readonly<Record<string, () => HostileLayer>> = {
  "64 GiB of zeros behind the archive's end": () => ({
    bytes: Buffer.concat([gzipSync(file), gzipZeros(64 * GIB)]),
    compression: "gzip",
  }),
  "256 GiB of zeros behind the archive's end": () => zstd(file, 256 * GIB),
  "a file of 256 GiB of zeros": () => zstd(entry("etc/zeros", { size: 256 * GIB }), 256 * GIB),
  "3,000 names of 1 MB": () =>
    gzip(archive(times(3_000, (index) => entry(`${index}${"n".repeat(MIB - 1_000)}`)))),
  "200,000 paths of 4,000 bytes": () =>
    gzip(archive(times(200_000, (index) => entry(`${deep.slice(0, -10)}${index}`)))),
  "100,000 links of 4,000 bytes": () =>
    gzip(
      archive(
        times(
          100_000,
          (index) => entry(`l${index}`, { type: "symlink", linkPath: `${deep.slice(8)}${index}` }),
        ),
      ),
    ),
  "2,000,000 entries": () => gzip(archive(times(2_000_000, (index) => entry(`e${index}`)))),
  "600 paths of 2,000 directories": () =>
    gzip(archive(times(600, (index) => entry(`${index}/${"d/".repeat(2_000)}f`)))),
  "1,000 extended headers of 1 MB": () =>
    gzip(
      archive(
        times(1_000, (index) =>
          entry(`x${index}`, {
            records: [["SCHILY.xattr.user.x", "x".repeat(MIB - 1_000)]],
          })),
      ),
    ),
  "a table of a million directories": () =>
    estargz(
      tableOf(1_000_000, (index) => `{"type":"dir","name":"d${index}","mode":493}`),
    ),
  "a table of a million pieces of a file": () =>
    estargz(
      tableOf(1_000_000, (index) => `{"type":"chunk","name":"srv/data/x","offset":${index}}`),
    ),
  "a table of 300,000 hard links": () =>
    estargz(
      tableOf(300_000, (index) =>
        index === 0
          ? '{"type":"reg","name":"srv/data/0"}'
          : `{"type":"hardlink","name":"srv/data/${index}","linkName":"srv/data/${index - 1}"}`),
    ),
  "a table of 35,000 names of 4,000 bytes": () =>
    estargz(
      tableOf(35_000, (index) => `{"type":"reg","name":"${deep.slice(0, -10)}${index}"}`),
    ),
  "a table of 500 entries with 20,000 attributes": () =>
    estargz(
      tableOf(500, (index) =>
        `{"type":"reg","name":"f${index}","xattrs":{${
          Array.from({ length: 20_000 }, (_, at) =>
            `"${at}":""`).join(",")
        }}}`),
    ),
  "a table with 200 MiB of blanks": () =>
    estargz([
      '{"version":1,"entries":[',
      ...times(200, () => " ".repeat(MIB)),
      "]}",
    ]),
  "a table of 256 GiB in zstd:chunked": () =>
    chunked(zstd(Buffer.from('{"version":1,"entries":['), 256 * GIB).bytes, 150 * MIB),
  "a table of 140 MiB of zeros in zstd:chunked": () =>
    chunked(zstd(Buffer.from('{"version":1,"entries":['), 140 * MIB).bytes, 140 * MIB + 24),
  "a table with one entry of 140 MB": () =>
    estargz([
      '{"version":1,"entries":[{"name":"',
      ..."x".repeat(140 * MIB).match(/.{1048576}/g) ?? [],
      '"}]}',
    ]),
  "a table of 5,000 levels": () =>
    estargz([`{"version":1,"entries":[{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`]),
};
