/** Layers with tables of contents, made with nothing of the library's own: eStargz and zstd:chunked. */

import { createHash } from "node:crypto";
import * as zlib from "node:zlib";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";

/** A layer and the annotations of its descriptor. */
export interface TabledLayer {
  readonly bytes: Bytes;
  /** Uncompressed. */
  readonly tar: Bytes;
  readonly annotations: Readonly<Record<string, string>>;
}

type Json = Record<string, unknown>;

/** What a hostile author does to a table. */
export interface Tampering {
  /** Changes the entries. */
  readonly entries?: (entries: Json[]) => unknown[];
  /** Changes the text of the table, whose digest then fits. */
  readonly text?: (text: string) => string;
  readonly annotations?: (annotations: Record<string, string>) => Record<string, string>;
  /** Changes the layer, whose table no longer fits. */
  readonly bytes?: (bytes: Bytes) => Bytes;
}

const bytesOf = (data: Uint8Array | string): Bytes => new Uint8Array(Buffer.from(data as string));
const sha256 = (data: Uint8Array): string =>
  `sha256:${createHash("sha256").update(data).digest("hex")}`;

const TYPES: Readonly<Record<string, string>> = {
  file: "reg",
  directory: "dir",
  symlink: "symlink",
  "hard-link": "hardlink",
};

function describe(entry: TarEntry): Json {
  const { path, type, mode, uid, gid, size, linkPath, content } = entry;
  const digest = type === "file" && size > 0 ? { digest: sha256(content as Uint8Array) } : {};
  const link = linkPath === undefined ? {} : { linkName: linkPath };
  const modtime = new Date(0).toISOString();
  return { name: path, type: TYPES[type], mode, uid, gid, size, modtime, ...link, ...digest };
}

/** Each entry's headers, its content and the padding. */
async function parts(entry: TarEntry): Promise<{ headers: Bytes; content: Bytes; padding: Bytes }> {
  const whole = (await collectBytes(writeTar([entry]))).slice(0, -1024);
  const padded = Math.ceil(entry.size / 512) * 512;
  const start = whole.length - padded;
  return {
    headers: whole.slice(0, start),
    content: whole.slice(start, start + entry.size),
    padding: whole.slice(start + entry.size),
  };
}

async function pack(
  entries: readonly TarEntry[],
  compress: (data: Uint8Array) => Bytes,
): Promise<{ blobs: Bytes[]; plain: Bytes[]; table: Json[]; size: number }> {
  const blobs: Bytes[] = [];
  const plain: Bytes[] = [];
  const table: Json[] = [];
  let size = 0;
  const add = (data: Bytes): number => {
    plain.push(data);
    if (data.length > 0) {
      const blob = compress(data);
      blobs.push(blob);
      size += blob.length;
    }
    return size;
  };
  for (const entry of entries) {
    const { headers, content, padding } = await parts(entry);
    const offset = add(headers);
    const endOffset = add(content);
    add(padding);
    const place = content.length === 0 ? {} : { offset, endOffset };
    table.push({ ...describe(entry), ...place });
  }
  return { blobs, plain, table, size };
}

function tableText(entries: unknown[], { text }: Tampering): string {
  const json = JSON.stringify({ version: 1, entries }, null, 1);
  return text?.(json) ?? json;
}

/** Makes an eStargz layer. */
export async function stargz(
  entries: readonly TarEntry[],
  tampering: Tampering = {},
): Promise<TabledLayer> {
  const gzip = (data: Uint8Array): Bytes => new Uint8Array(zlib.gzipSync(data));
  const { blobs, plain, table, size } = await pack(entries, gzip);
  const json = bytesOf(tableText(tampering.entries?.(table) ?? table, tampering));
  const common = { type: "file", mode: 0o444, uid: 0, gid: 0, mtime: 0 } as const;
  const tail = await collectBytes(
    writeTar([{ ...common, path: "stargz.index.json", size: json.length, content: json }]),
  );
  const footer = new Uint8Array(51);
  footer.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, 0x53, 0x47, 22, 0]);
  footer.set(bytesOf(`${size.toString(16).padStart(16, "0")}STARGZ`), 16);
  footer.set([1, 0, 0, 255, 255], 38);
  const bytes = concatBytes([...blobs, gzip(tail), footer]);
  const annotations = {
    "containerd.io/snapshot/stargz/toc.digest": sha256(json),
  };
  return {
    bytes: tampering.bytes?.(bytes) ?? bytes,
    tar: concatBytes([...plain, tail]),
    annotations: tampering.annotations?.(annotations) ?? annotations,
  };
}

/** Whether zstd:chunked layers can be made here. */
export const hasZstd: boolean = "zstdCompressSync" in zlib;

/** Makes a zstd:chunked layer. */
export async function zstdChunked(
  entries: readonly TarEntry[],
  tampering: Tampering = {},
): Promise<TabledLayer> {
  const zstd = (data: Uint8Array): Bytes => new Uint8Array(zlib.zstdCompressSync(data));
  const { blobs, plain, table, size } = await pack(entries, zstd);
  const end = new Uint8Array(1024);
  const last = zstd(end);
  const json = bytesOf(tableText(tampering.entries?.(table) ?? table, tampering));
  const packed = zstd(json);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, 0x184d2a50, true);
  head.setUint32(4, packed.length, true);
  const bytes = concatBytes([...blobs, last, new Uint8Array(head.buffer), packed]);
  const position = `${size + last.length + 8}:${packed.length}:${json.length}:1`;
  const annotations = {
    "io.github.containers.zstd-chunked.manifest-position": position,
    "io.github.containers.zstd-chunked.manifest-checksum": sha256(packed),
  };
  return {
    bytes: tampering.bytes?.(bytes) ?? bytes,
    tar: concatBytes([...plain, end]),
    annotations: tampering.annotations?.(annotations) ?? annotations,
  };
}
