/** Checks the entries of an archive against each other. */

import type { TarEntryHeader } from "../tar/entry.ts";
import {
  attributesOf,
  hash,
  KIND,
  KIND_MASK,
  OWNER_BITS,
  OWNER_MASK,
  ownerOf,
} from "./entry_value.ts";
import { imagePathOf, MOST_LINKS, pathNames, sharedDirectory } from "./files/image_path.ts";
import { isWhiteout, WHITEOUT } from "./files/removals.ts";
import { PathTable } from "./path_table.ts";
import { Refusal, RepeatedPath } from "./refusal.ts";
import { show } from "./refuse_entry.ts";
import type { Warning } from "../storage/warning.ts";

/** Symbolic links whose targets are remembered; entries below further ones are warned of. */
const MOST_TARGETS = 10_000;

/** Hard links whose names are remembered, for messages. */
const MOST_NAMES = 1_000;

/** Options of {@linkcode EntryPlaces}. */
export interface EntryPlacesOptions {
  /**
   * For each path that occurs more than once, the number of the entry that counts, from 1.
   *
   * @default it is not known
   */
  readonly last?: PathTable | undefined;
  /** Told of entries that not every engine takes. */
  readonly onWarning: (warning: Warning) => void;
}

/** Whether a value of {@linkcode valueOf} is that of a plain file. */
export function isFile(value: number): boolean {
  return (value & KIND_MASK) === KIND.file;
}

/** Remembers the entries of an archive, with at most 16 bytes for each. */
export class EntryPlaces {
  readonly #last: PathTable | undefined;
  readonly #onWarning: (warning: Warning) => void;
  readonly #table = new PathTable();
  readonly #targets = new Map<string, string>();
  readonly #linkNames = new Map<string, string>();
  /** Directory of the previous entry, with a slash at its end: it and its parents were checked. */
  #directory = "";
  #count = 0;
  /** Whether a hard link with other attributes than its file was warned of. */
  #hasWarnedOfOwner = false;

  constructor({ last, onWarning }: EntryPlacesOptions) {
    this.#last = last;
    this.#onWarning = onWarning;
  }

  /** Bytes of memory for the paths. */
  get byteLength(): number {
    return this.#table.byteLength;
  }

  /** Whether a path had an entry. */
  has(path: string): boolean {
    const kind = this.#table.get(path) & KIND_MASK;
    return kind !== 0 && kind !== KIND.parent && kind !== KIND.target;
  }

  /**
   * Takes the next entry.
   *
   * @param path Its path in the image: see {@linkcode imagePathOf}.
   * @returns whether it is to be left out, since another entry says the same or replaces it.
   * @throws {Refusal} if engines cannot unpack it together with those before it.
   * @throws {RepeatedPath} if its path occurred before with other attributes.
   */
  isRepeated(entry: TarEntryHeader, path: string): boolean {
    const number = ++this.#count;
    const last = this.#last?.get(path) ?? 0;
    if (last !== 0 && last !== number) return true;
    this.#checkParents(entry.path, path);
    this.#checkWhiteout(entry.path, path);
    if (entry.type === "hard-link" && this.#isOwnTarget(entry, path)) return true;
    const value = valueOf(entry, path);
    const found = this.#table.add(path, value);
    if (entry.type === "symlink" && this.#targets.size < MOST_TARGETS) {
      this.#targets.set(path, entry.linkPath ?? "");
    }
    switch (found & KIND_MASK) {
      case 0:
        return false;
      case KIND.target:
        return this.#refuseTarget(path);
      case KIND.parent:
        if (entry.type !== "directory") {
          throw new Refusal(
            `the ${entry.type} ${
              show(entry.path)
            } comes in the place of a directory that entries before it are in: take one or the other out`,
          );
        }
        this.#table.set(path, value);
        return false;
      case KIND.file:
        break;
      default:
        if (found === value) return true;
    }
    throw new RepeatedPath(entry.path);
  }

  /** Checks the target of a hard link. Returns whether it is the link's own path, where the file is already. */
  #isOwnTarget(entry: TarEntryHeader, place: string): boolean {
    const { path, linkPath = "" } = entry;
    const target = imagePathOf(linkPath);
    if (target === undefined) return false;
    if (isWhiteout(target)) {
      throw new Refusal(
        `the hard link ${show(path)} is to ${
          show(linkPath)
        }, which is no file but deletes one: leave it out`,
      );
    }
    const isItself = target === place;
    const found = isItself ? this.#table.get(place) : this.#table.add(target, KIND.target);
    switch (found & KIND_MASK) {
      case KIND.directory:
      case KIND.parent:
        throw new Refusal(
          `the hard link ${
            show(path)
          } is to a directory, which engines refuse: make it a symbolic link`,
        );
      case 0:
        if (isItself) {
          throw new Refusal(`the hard link ${show(path)} is to itself: put the file in its place`);
        }
        if (this.#linkNames.size < MOST_NAMES) this.#linkNames.set(target, path);
        this.#onWarning({
          code: "hard-link-into-base",
          message: `The hard link ${show(path)} is to ${
            show(linkPath)
          }, which the layer does not have before it: containerd, and Docker and Podman where they store overlays, cannot unpack a link into the layers below`,
          path,
          engines: ["containerd", "Docker", "Podman"],
        });
        break;
      case KIND.file:
      case KIND.hardLink:
        if (!isItself && (found & OWNER_MASK) !== ownerOf(entry)) this.#warnOfOwner(entry);
    }
    return isItself;
  }

  /** Warns once: an archive with one such link has many. */
  #warnOfOwner({ path, linkPath = "" }: TarEntryHeader): void {
    if (this.#hasWarnedOfOwner) return;
    this.#hasWarnedOfOwner = true;
    this.#onWarning({
      code: "hard-link-differs",
      message: `The hard link ${show(path)} has another owner, mode or time than ${
        show(linkPath)
      }, which is the same file: Docker, containerd and Podman give the file those of the link, and umoci keeps its own`,
      path,
      engines: ["Docker", "containerd", "Podman"],
    });
  }

  #refuseTarget(path: string): never {
    const link = this.#linkNames.get(path);
    throw new Refusal(
      `${link === undefined ? "a hard link" : `the hard link ${show(link)}`} comes before ${
        show(path)
      }, which it is to, and engines cannot unpack it: put the file first`,
    );
  }

  /** A whiteout is meant for the layers below, but containerd and others fail if the layer itself has the path by then. */
  #checkWhiteout(name: string, path: string): void {
    const start = path.lastIndexOf("/") + 1;
    if (!path.startsWith(WHITEOUT, start)) return;
    const gone = path.slice(0, start) + path.slice(start + WHITEOUT.length);
    const kind = this.#table.get(gone) & KIND_MASK;
    if (kind === 0 || kind === KIND.target) return;
    throw new Refusal(
      `the whiteout ${show(name)} comes after ${
        show(gone)
      }, which the archive itself has there: put the whiteout first, or take one of them out`,
    );
  }

  /** Checks the directories above an entry, and remembers those without an entry. */
  #checkParents(name: string, path: string): void {
    const known = this.#directory = sharedDirectory(path, this.#directory);
    const start = path.lastIndexOf("/") + 1;
    if (start === known.length) return;
    for (let end = path.indexOf("/", known.length); end >= 0; end = path.indexOf("/", end + 1)) {
      const found = this.#table.add(path, KIND.parent, end);
      switch (found & KIND_MASK) {
        case 0:
        case KIND.directory:
        case KIND.parent:
          continue;
        case KIND.symlink:
          return this.#follow(name, path, end);
        case KIND.target:
          this.#refuseTarget(path.slice(0, end));
      }
      throw new Refusal(
        `the entry ${show(name)} is below ${
          show(path.slice(0, end))
        }, which is no directory: take one or the other out`,
      );
    }
    this.#directory = path.slice(0, start);
  }

  /** Follows the symbolic links above an entry, and warns if they leave the layer. */
  #follow(name: string, path: string, end: number): void {
    const rest = path.slice(0, path.lastIndexOf("/")).split("/").reverse();
    const done: string[] = [];
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "..") {
        done.pop();
        continue;
      }
      done.push(part);
      const target = this.#targets.get(done.join("/"));
      if (target === undefined) continue;
      if (++links > MOST_LINKS) {
        throw new Refusal(
          `the entry ${show(name)} is below symbolic links that lead in a circle: take them out`,
        );
      }
      if (target.startsWith("/")) done.length = 0;
      else done.pop();
      rest.push(...pathNames(target).reverse());
    }
    const kind = links === 0 ? 0 : this.#table.get(done.join("/")) & KIND_MASK;
    if (kind === KIND.directory || kind === KIND.parent) return;
    const link = path.slice(0, end);
    this.#onWarning({
      code: "below-symlink",
      message: `The layer has entries below its own symbolic link ${
        show(link)
      }, which leads to what the layer does not have: Docker and Podman cannot unpack that where they store overlays, and other engines put the entries where the link leads in the base`,
      path: link,
      engines: ["Docker", "Podman"],
    });
  }
}

/** What is remembered of an entry. Of two entries with equal values one can be left out, except for files, whose content is not compared. */
export function valueOf(entry: TarEntryHeader, path: string): number {
  switch (entry.type) {
    case "directory":
      return (KIND.directory | attributesOf(entry)) >>> 0;
    case "symlink":
      return (KIND.symlink | attributesOf(entry)) >>> 0;
    case "hard-link":
      return (KIND.hardLink | ownerOf(entry) |
        hash(imagePathOf(entry.linkPath ?? "") ?? "") << OWNER_BITS) >>> 0;
    default:
      return isWhiteout(path) ? KIND.whiteout : KIND.file | ownerOf(entry);
  }
}
