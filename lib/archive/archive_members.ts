/** The offsets and sizes of an archive's files, found by reading only its headers. */

import { type Bytes, type ByteStream, concatBytes } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { BLOCK_SIZE, isZeroBlock } from "../tar/header.ts";
import { HeaderReader } from "../tar/header_reader.ts";
import { TarError } from "../tar/tar_error.ts";
import type { SeekableFile } from "./archive_files.ts";

/** The most members that an archive may have. An archive of Docker 20.10 has some 500 for each image of 125 layers. */
export const MOST_MEMBERS = 100_000;
/** The most UTF-16 units of a path, and of all paths and link targets together. */
const LONGEST_PATH = 1_024;
const MOST_TEXT = 16 * 1024 * 1024;
/** The most links that are followed to find one file. */
const MOST_LINKS = 8;
/** Bytes that are read at once at the offset of the next header. */
const WINDOW = 16_384;

/** The position of a file's content in an archive. */
export interface Place {
  readonly offset: number;
  readonly size: number;
}

type Member =
  | { readonly kind: "file"; readonly place: Place }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "refused"; readonly reason: string };

/** The files of an archive by path. */
export class ArchiveMembers {
  readonly #file: SeekableFile;
  readonly #name: string;
  readonly #members = new Map<string, Member>();
  #text = 0;

  /**
   * Reads the headers of an archive.
   *
   * @param name What messages call the archive.
   * @throws {SyntaxError} if it is no tar archive, or has too many members.
   */
  static async read(file: SeekableFile, name: string): Promise<ArchiveMembers> {
    const members = new ArchiveMembers(file, name);
    try {
      await members.#readHeaders();
    } catch (error) {
      if (!(error instanceof TarError)) throw error;
      throw new SyntaxError(`Cannot read "${name}": ${error.found}`, { cause: error });
    }
    return members;
  }

  private constructor(file: SeekableFile, name: string) {
    this.#file = file;
    this.#name = name;
  }

  /**
   * Finds a file. Links are followed, but not out of the archive.
   *
   * @throws {SyntaxError} if different readers would find different files, or the links form a circle.
   */
  find(path: string): Place | undefined {
    let at = normalize(path);
    for (let links = 0; links <= MOST_LINKS; links++) {
      const member = at === undefined ? undefined : this.#members.get(at);
      if (member === undefined) return undefined;
      if (member.kind === "file") return member.place;
      if (member.kind === "refused") throw this.#refuse(path, member.reason);
      at = member.target;
    }
    throw this.#refuse(path, "its links lead too far");
  }

  /** The bytes of a file, from an offset in it. */
  open({ offset, size }: Place, start = 0): ByteStream {
    return this.#file.read(offset + Math.min(start, size), offset + size);
  }

  /**
   * Reads a small file.
   *
   * @throws {RangeError} if it is longer than the limit (bytes).
   */
  async bytes(place: Place, path: string, limit: number): Promise<Bytes> {
    const what = `"${path}" of "${this.#name}"`;
    if (place.size > limit) {
      throw new RangeError(`Cannot read ${what}: it is longer than ${limit} bytes`);
    }
    return await collectBytes(this.open(place), { limit, what });
  }

  async #readHeaders(): Promise<void> {
    const { size } = this.#file;
    const headers = new HeaderReader();
    let window: Bytes = new Uint8Array(0);
    let start = 0;
    let position = 0;
    while (position + BLOCK_SIZE <= size) {
      if (position < start || position + BLOCK_SIZE > start + window.length) {
        start = position;
        window = await this.#readWindow(start, Math.min(start + WINDOW, size));
      }
      const at = position - start;
      const block = window.subarray(at, at + BLOCK_SIZE);
      if (block.length < BLOCK_SIZE) break;
      if (!headers.pending && isZeroBlock(block)) return;
      const entry = headers.push(block, position);
      position += BLOCK_SIZE;
      if (entry === undefined) continue;
      if (position + entry.size > size) {
        throw new TarError(
          `it is cut short in the content of ${JSON.stringify(entry.path)},`,
          position,
        );
      }
      this.#add(entry, position, headers.sparse !== undefined);
      position += headers.remaining;
    }
    if (headers.pending || this.#members.size === 0) {
      throw new TarError("it is cut short, or no tar archive,", position);
    }
  }

  async #readWindow(start: number, end: number): Promise<Bytes> {
    const chunks: Bytes[] = [];
    for await (const chunk of this.#file.read(start, end)) chunks.push(chunk);
    return concatBytes(chunks);
  }

  #add(entry: TarEntryHeader, offset: number, isSparse: boolean): void {
    const path = normalize(entry.path);
    if (entry.type === "directory" || path === undefined || path.length > LONGEST_PATH) return;
    const known = this.#members.has(path);
    this.#text += path.length + Math.min(entry.linkPath?.length ?? 0, LONGEST_PATH);
    if (this.#text > MOST_TEXT) {
      throw new SyntaxError(
        `Cannot read "${this.#name}": the paths of its members have more than ${MOST_TEXT} characters`,
      );
    }
    if (this.#members.size >= MOST_MEMBERS) {
      throw new SyntaxError(
        `Cannot read "${this.#name}": it has more than ${MOST_MEMBERS} members`,
      );
    }
    this.#members.set(
      path,
      known
        ? { kind: "refused", reason: "the archive has it twice" }
        : memberOf(entry, path, offset, isSparse),
    );
  }

  #refuse(path: string, reason: string): SyntaxError {
    return new SyntaxError(`Cannot read ${JSON.stringify(path)} of "${this.#name}": ${reason}`);
  }
}

function memberOf(entry: TarEntryHeader, path: string, offset: number, isSparse: boolean): Member {
  const { type, linkPath = "", size } = entry;
  if (type === "file" && !isSparse) return { kind: "file", place: { offset, size } };
  const target = type === "hard-link"
    ? normalize(linkPath)
    : type === "symlink"
    ? normalize(`${path.slice(0, path.lastIndexOf("/") + 1)}${linkPath}`)
    : undefined;
  if (target !== undefined && target.length <= LONGEST_PATH && !linkPath.startsWith("/")) {
    return { kind: "link", target };
  }
  return {
    kind: "refused",
    reason: `it is no plain file but a ${isSparse ? "sparse file" : type}`,
  };
}

/** Resolves `.` and `..` in a path; undefined if it leads out of the archive. */
function normalize(path: string): string | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}
