/** Hostile image archives. */

import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { LAYERS } from "./layers.ts";

/** A hostile archive. */
export interface ArchiveAttack {
  /** What is wrong, in a few words, for the table. */
  readonly name: string;
  /** Whether it is one of the few that also run with `--brief`. */
  readonly isBrief?: boolean;
  /** @default {"docker-archive"} */
  readonly kind?: "docker-archive" | "oci-archive";
  /** The bytes of the archive, piece by piece. A number stands for that many zeros. */
  readonly pieces: () => Iterable<Uint8Array | number>;
}

/** A JSON value of a document. */
type Json = unknown;
/** The path, the content, and changes to the header. */
type Member = readonly [
  path: string,
  content: Uint8Array | string,
  more?: Partial<TarEntryHeader>,
];

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** Writes an archive, with zeros as holes. */
export function writePieces(path: string, pieces: Iterable<Uint8Array | number>): void {
  const file = openSync(path, "w");
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "number") ftruncateSync(file, at += piece);
    else at += writeSync(file, piece, 0, piece.length, at);
  }
  closeSync(file);
}

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const json = (value: Json): Buffer => Buffer.from(JSON.stringify(value));

function* member([path, content, more = {}]: Member): Iterable<Uint8Array> {
  const bytes = Buffer.from(content);
  const size = bytes.length;
  yield encodeHeaders({ path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size, ...more });
  yield bytes;
  yield Buffer.alloc((512 - size % 512) % 512);
}

function* archive(...members: readonly Member[]): Iterable<Uint8Array> {
  for (const one of members) yield* member(one);
  yield Buffer.alloc(1024);
}

const LAYER = Buffer.concat([...archive(["srv/data/old", "old", { uid: 7 }])]);
const configOf = (layer: Uint8Array, more: Readonly<Record<string, Json>> = {}): Buffer =>
  json({
    architecture: "amd64",
    os: "linux",
    config: { User: "1000" },
    rootfs: { type: "layers", diff_ids: [`sha256:${hash(layer)}`] },
    ...more,
  });
const CONFIG = configOf(LAYER);
const listOf = (layers: readonly string[] = ["l.tar"], config = "c.json"): Buffer =>
  json([{ Config: config, RepoTags: ["site:1"], Layers: layers }]);

/** A Docker archive in which something is wrong. */
function docker(
  name: string,
  members: () => readonly Member[],
  more: Partial<ArchiveAttack> = {},
): ArchiveAttack {
  return { name, pieces: () => archive(...members()), ...more };
}

/** An archive with a hostile layer, which is only read if the base is read. */
function ofLayer(name: string, bytes: () => Uint8Array, isBrief = false): ArchiveAttack {
  return docker(name, () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", bytes()],
  ], { isBrief });
}

/** An archive with a layer of some entries, which has the right diffId. */
function ofEntries(name: string, ...entries: readonly Member[]): ArchiveAttack {
  return docker(name, () => {
    const layer = Buffer.concat([...archive(...entries)]);
    return [["manifest.json", listOf()], ["c.json", configOf(layer)], ["l.tar", layer]];
  });
}

/** A layout with an index and some blobs. */
function layout(
  name: string,
  index: () => Json,
  blobs: () => readonly Uint8Array[] = () => [],
): ArchiveAttack {
  return {
    name,
    kind: "oci-archive",
    pieces: () =>
      archive(
        ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
        ["index.json", json(index())],
        ...blobs().map((bytes): Member => [`blobs/sha256/${hash(bytes)}`, bytes]),
      ),
  };
}

function describe(bytes: Uint8Array, mediaType: string): Readonly<Record<string, Json>> {
  return { mediaType, digest: `sha256:${hash(bytes)}`, size: bytes.length };
}

const IMAGE = json({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config: describe(CONFIG, "application/vnd.oci.image.config.v1+json"),
  layers: [describe(LAYER, "application/vnd.oci.image.layer.v1.tar")],
});
const indexOf = (...manifests: readonly Json[]): Json => ({ schemaVersion: 2, manifests });

function* repeated(count: number, make: (index: number) => Member): Iterable<Uint8Array> {
  for (let index = 0; index < count; index++) yield* member(make(index));
  yield Buffer.alloc(1024);
}

/** All hostile archives. */
export const ARCHIVES: readonly ArchiveAttack[] = [
  docker("nothing but its end", () => []),
  docker("no manifest.json", () => [["c.json", CONFIG], ["l.tar", LAYER]]),
  docker("no config", () => [["manifest.json", listOf()], ["l.tar", LAYER]]),
  docker("no layer", () => [["manifest.json", listOf()], ["c.json", CONFIG]]),
  docker("a layer that lies outside", () => [
    ["manifest.json", listOf(["../../../../../../etc/passwd"])],
    ["c.json", CONFIG],
  ], { isBrief: true }),
  docker("a config that lies outside", () => [["manifest.json", listOf([], "/etc/passwd")]]),
  docker("a layer that is a link to a file outside", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", "", { type: "symlink", linkPath: "/etc/passwd" }],
  ], { isBrief: true }),
  docker("a layer that is a hard link to a file outside", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", "", { type: "hard-link", linkPath: "../../../../etc/passwd" }],
  ]),
  docker("links in a circle", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", "", { type: "symlink", linkPath: "m.tar" }],
    ["m.tar", "", { type: "symlink", linkPath: "l.tar" }],
  ]),
  docker("manifest.json twice", () => [
    ["manifest.json", listOf()],
    ["manifest.json", listOf(["other"])],
    ["c.json", CONFIG],
    ["l.tar", LAYER],
  ]),
  docker("a layer twice", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", LAYER],
    ["./l.tar", "other"],
  ]),
  docker("a member that says to have 8 EiB", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", LAYER, { size: Number.MAX_SAFE_INTEGER }],
  ], { isBrief: true }),
  docker("a member that says to be smaller than it is", () => [
    ["manifest.json", listOf()],
    ["c.json", CONFIG],
    ["l.tar", LAYER, { size: 700 }],
  ]),
  {
    name: "a manifest.json of 64 GiB",
    isBrief: true,
    pieces: function* (): Iterable<Uint8Array | number> {
      yield [...member(["manifest.json", "", { size: 64 * GIB }])][0] as Uint8Array;
      yield 64 * GIB;
    },
  },
  {
    name: "64 GiB of zeros",
    pieces: () => [64 * GIB],
  },
  docker("a manifest.json of 100,000 levels", () => [["manifest.json", "[".repeat(100_000)]]),
  docker("a manifest.json of 5 million objects", () => [
    ["manifest.json", `[${"{},".repeat(5_000_000)}{}]`],
  ], { isBrief: true }),
  docker("10,000 images with 100 names each", () => [[
    "manifest.json",
    json(Array.from({ length: 10_000 }, () => ({
      Config: "c.json",
      RepoTags: Array.from({ length: 100 }, (_, at) => `s:${at}`),
      Layers: [],
    }))),
  ], ["c.json", CONFIG]]),
  docker("10,000 images with configs of 15 MB", () => [[
    "manifest.json",
    json(Array.from({ length: 10_000 }, (_, at) => ({
      Config: "c.json",
      RepoTags: [`s:${at}`],
      Layers: [],
    }))),
  ], ["c.json", `{"x":"${"x".repeat(15 * MIB)}"}`]]),
  docker("a config of 100 MB", () => [
    ["manifest.json", listOf()],
    ["c.json", `{"x":"${"x".repeat(100 * MIB)}"}`],
    ["l.tar", LAYER],
  ], { isBrief: true }),
  docker("a config of 15 MB of lists", () => [
    ["manifest.json", listOf()],
    ["c.json", `{"x":[${"[],".repeat(5_000_000)}1]}`],
    ["l.tar", LAYER],
  ]),
  docker("a config of another image", () => [
    ["manifest.json", listOf()],
    ["c.json", configOf(Buffer.from("other"))],
    ["l.tar", LAYER],
  ]),
  docker("names with escape sequences", () => [
    ["manifest.json", listOf(["\x1b[2J\x1b]0;x\x07\u202e"])],
    ["c.json", CONFIG],
  ]),
  {
    name: "a million members",
    isBrief: true,
    pieces: () => repeated(1_000_000, (index) => [`${index}`, ""]),
  },
  {
    name: "200 names of 1 MB",
    pieces: () => repeated(200, (index) => [`${index}${"n".repeat(MIB - 1_000)}`, ""]),
  },
  {
    name: "50,000 names of 1,000 bytes",
    pieces: () => repeated(50_000, (index) => [`${"n".repeat(990)}${index}`, ""]),
  },
  {
    name: "gzip that unpacks to 64 GiB",
    isBrief: true,
    pieces: () => {
      const zeros = gzipSync(Buffer.alloc(64 * MIB));
      return Array.from({ length: 1_024 }, () => zeros);
    },
  },
  {
    name: "zstd that unpacks to 256 GiB",
    pieces: () => [bytesOf("256 GiB of zeros behind the archive's end")],
  },
  ofLayer(
    "a layer of gzip with 64 GiB of zeros at its end",
    () => bytesOf("64 GiB of zeros behind the archive's end"),
    true,
  ),
  ofLayer(
    "a layer of zstd with 256 GiB of zeros at its end",
    () => bytesOf("256 GiB of zeros behind the archive's end"),
  ),
  ofLayer("a layer with 3,000 names of 1 MB", () => bytesOf("3,000 names of 1 MB")),
  ofLayer("a layer with 2,000,000 entries", () => bytesOf("2,000,000 entries")),
  ofEntries("files of a layer that lie outside", ["../../outside", "x"], ["/../outside", "x"]),
  ofEntries(
    "files of a layer below a link that leads outside",
    ["srv", "", { type: "symlink", linkPath: "../../../.." }],
    ["srv/outside", "x"],
  ),
  layout("an index without images", () => indexOf()),
  layout("an index of a blob that is not there", () => indexOf(describe(IMAGE, MANIFEST))),
  layout(
    "a digest with a path",
    () => indexOf({ mediaType: MANIFEST, digest: "sha256:../../../../etc/passwd", size: 1 }),
  ),
  layout(
    "an index that lists one image 20,000 times",
    () => indexOf(...Array.from({ length: 20_000 }, () => describe(IMAGE, MANIFEST))),
    () => [IMAGE, CONFIG, LAYER],
  ),
  layout(
    "a manifest that says to be smaller than it is",
    () => indexOf({ ...describe(IMAGE, MANIFEST), size: 10 }),
    () => [IMAGE, CONFIG, LAYER],
  ),
];

function bytesOf(name: string): Uint8Array {
  const layer = LAYERS[name]?.();
  if (layer === undefined) throw new TypeError(`There is no layer "${name}"`);
  return layer.bytes;
}
