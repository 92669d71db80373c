/** The tree of an image as its layers make it, as far as they were read: answers questions about paths, or says that it cannot. */

import { imagePathParts, joinImagePath, pathNames } from "../files/image_path.ts";
import { LayerError } from "../layer_error.ts";
import type { LayerListing } from "./layer_listing.ts";
import type {
  DirectoryAttributes,
  FileAttributes,
  LinkAttributes,
  ListedEntry,
} from "./listed_entry.ts";

/** As many as Linux follows (path_resolution(7)). */
const MOST_LINKS = 40;

/** What is at a path. */
export type BaseNode =
  /** Without attributes if no layer has an entry for it: then engines make it root's, with mode 0755. */
  | { readonly kind: "directory"; readonly attributes?: DirectoryAttributes }
  | { readonly kind: "symlink"; readonly target: string; readonly attributes?: LinkAttributes }
  | { readonly kind: "file"; readonly attributes?: FileAttributes }
  | { readonly kind: "missing" };

/** Where a path leads. */
export type BasePath =
  | {
    readonly kind: "found";
    /** Without symbolic links. */
    readonly path: string;
    /** What is there; undefined if that is not known. */
    readonly node: BaseNode | undefined;
  }
  /** What is at `at`, above the path, is not known: it may be a link. */
  | { readonly kind: "unknown"; readonly at: string }
  /** What is at `at`, above the path, is no directory. */
  | { readonly kind: "below-file"; readonly at: string };

/** The path that has to be asked for next; undefined if it is known where the path leads and what is there. */
export function unknownOf(found: BasePath): string | undefined {
  if (found.kind === "unknown") return found.at;
  return found.kind === "found" && found.node === undefined ? found.path : undefined;
}

/** Options of {@linkcode BaseView.follow}. */
export interface FollowOptions {
  /**
   * Whether the last part is followed too if it is a link.
   *
   * @default {false}
   */
  readonly followsLast?: boolean | undefined;
  /**
   * Whether an unknown path has to be asked for; otherwise it counts as a directory.
   *
   * @default all
   */
  readonly isAsked?: ((path: string) => boolean) | undefined;
}

const MISSING: BaseNode = { kind: "missing" };
const NEW_DIRECTORY: BaseNode = { kind: "directory" };

/** The layers of an image, laid over one another. */
export class BaseView {
  /** From the top down. */
  readonly #layers: readonly LayerListing[];
  readonly #top: LayerListing | undefined;

  /**
   * @param layers From the top down; more of each may be read later.
   * @param top The layer above them that is being made: what it does not have so far comes from the layers below.
   */
  constructor(layers: readonly LayerListing[], top?: LayerListing) {
    this.#layers = layers;
    this.#top = top;
  }

  /** The same with a new layer on top, which is being made. */
  under(top: LayerListing): BaseView {
    return new BaseView(this.#layers, top);
  }

  /** What is at a path, links not followed; undefined if the layers were not read far enough to tell. */
  look(path: string): BaseNode | undefined {
    if (path === "") return this.#attributesOfRoot();
    const top = this.#top;
    const own = top?.find(path);
    if (own !== undefined) return nodeOf(own);
    let isNamedAbove = top?.isOnlyNamed(path) ?? false;
    if (top?.hides(path)) return isNamedAbove ? NEW_DIRECTORY : MISSING;
    for (const layer of this.#layers) {
      const entry = layer.find(path);
      if (entry !== undefined) {
        // A layer above has something below this path, for which engines replace all else by a directory.
        return isNamedAbove && entry.kind !== "directory" ? NEW_DIRECTORY : nodeOf(entry);
      }
      isNamedAbove ||= layer.isOnlyNamed(path);
      if (!layer.isKnown(path)) return undefined;
      if (layer.hides(path)) break;
    }
    return isNamedAbove ? NEW_DIRECTORY : MISSING;
  }

  /**
   * Follows a path through the links above it, as `COPY` does.
   *
   * @param path From the root; `..` and `.` are resolved.
   * @throws {LayerError} if links lead in a circle.
   */
  follow(
    path: string,
    { followsLast = false, isAsked = () => true }: FollowOptions = {},
  ): BasePath {
    const rest = (imagePathParts(path) ?? []).reverse();
    let at = "";
    let node: BaseNode | undefined = this.look("");
    let links = 0;
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === "..") {
        at = at.includes("/") ? at.slice(0, at.lastIndexOf("/")) : "";
        node = this.look(at);
        continue;
      }
      if (node?.kind === "file") return { kind: "below-file", at };
      const next = joinImagePath(at, part);
      const isLast = rest.length === 0;
      node = node?.kind === "missing" ? MISSING : this.look(next);
      if (node?.kind === "symlink" && (!isLast || followsLast)) {
        if (++links > MOST_LINKS) {
          throw new LayerError(
            `Cannot put ${JSON.stringify(path)} into the image: links of the base lead in a circle`,
          );
        }
        const { target } = node;
        if (target.startsWith("/")) at = "";
        node = this.look(at);
        rest.push(...pathNames(target).reverse());
        continue;
      }
      if (node === undefined && !isLast && isAsked(next)) return { kind: "unknown", at: next };
      at = next;
    }
    return { kind: "found", path: at, node };
  }

  #attributesOfRoot(): BaseNode {
    for (const layer of [...(this.#top ? [this.#top] : []), ...this.#layers]) {
      const entry = layer.find("");
      if (entry?.kind === "directory") return { kind: "directory", attributes: entry };
    }
    return NEW_DIRECTORY;
  }
}

function nodeOf(entry: ListedEntry): BaseNode {
  return entry.kind === "directory" ? { kind: "directory", attributes: entry } : entry;
}
