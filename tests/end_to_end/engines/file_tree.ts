/** The files of an image as an engine shows them, read by code that shares nothing with the product. */

import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { readMembers, type TarMember } from "./tar_members.ts";

/** One file. Times are left out: engines and builders set them as they like. */
export interface TreeEntry {
  /** "file", "directory", "link", or a type that only tar and stat know. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** The target of a symbolic link, or the hash of a file's content. */
  readonly content: string;
}

/** Files by path, without a slash at either end; the root is not among them. */
export type FileTree = ReadonlyMap<string, TreeEntry>;

/** What engines put into every container. */
const OF_ENGINES =
  /^(?:\.dockerenv|dev|proc|sys|etc\/(?:hostname|hosts|mtab|resolv\.conf)|run\/\.containerenv)(?:\/|$)/;

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

function typeOf(status: Stats): string {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "link";
  if (status.isFIFO()) return "fifo";
  return status.isCharacterDevice() ? "character-device" : "block-device";
}

/** Reads a directory of this machine. */
export function readDirectoryTree(root: string): FileTree {
  const tree = new Map<string, TreeEntry>();
  const walk = (above: string): void => {
    for (const name of readdirSync(join(root, above)).sort()) {
      const path = above === "" ? name : `${above}/${name}`;
      if (OF_ENGINES.test(path)) continue;
      const local = join(root, path);
      const status = lstatSync(local, { throwIfNoEntry: false });
      // An overlay lists what a whiteout in an opaque directory hides, and says that it is not there.
      if (status === undefined) continue;
      const type = typeOf(status);
      const content = type === "file"
        ? hash(readFileSync(local))
        : type === "link"
        ? readlinkSync(local)
        : "";
      tree.set(path, {
        type,
        mode: status.mode & 0o7777,
        uid: status.uid,
        gid: status.gid,
        content,
      });
      if (type === "directory") walk(path);
    }
  };
  walk("");
  return tree;
}

/** Reads an archive as engines write one: each path once. */
export function readTarTree(tar: Uint8Array): FileTree {
  const tree = new Map<string, TreeEntry>();
  for (const { path, ...member } of readMembers(tar)) {
    if (path === "" || OF_ENGINES.test(path)) continue;
    const linked = member.type === "hard-link" ? tree.get(member.target) : undefined;
    tree.set(path, linked ?? treeEntry(member));
  }
  return tree;
}

/** What a member of an archive is as a file. */
export function treeEntry(member: Omit<TarMember, "path">): TreeEntry {
  const { type, mode, uid, gid, target, body } = member;
  const content = type === "file" ? hash(body) : type === "link" ? target : "";
  return { type, mode, uid, gid, content };
}

/** Options of {@linkcode compareTrees}. */
export interface CompareOptions {
  /** Paths whose mode and owner do not count. */
  readonly ignoreAttributesOf?: ReadonlySet<string>;
}

/** Lists what differs between two trees, a line each; empty where nothing does. */
export function compareTrees(
  actual: FileTree,
  expected: FileTree,
  { ignoreAttributesOf = new Set() }: CompareOptions = {},
): string[] {
  const differences: string[] = [];
  for (const path of [...new Set([...actual.keys(), ...expected.keys()])].sort()) {
    const [one, other] = [actual.get(path), expected.get(path)].map((entry) =>
      describeEntry(entry, ignoreAttributesOf.has(path))
    );
    if (one !== other) differences.push(`/${path}: ${one}, expected ${other}`);
  }
  return differences;
}

/** An entry in one line. */
export function describeEntry(entry: TreeEntry | undefined, withoutAttributes = false): string {
  if (entry === undefined) return "nothing";
  const { type, mode, uid, gid, content } = entry;
  // The mode of a link means nothing, and engines show different ones.
  const bits = type === "link" ? "" : ` 0${mode.toString(8)}`;
  const attributes = withoutAttributes ? "" : `${bits} ${uid}:${gid}`;
  return `${type}${attributes}${content === "" ? "" : ` ${content}`}`;
}
