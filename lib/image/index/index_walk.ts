/** The walk down nested indexes, with bounds: a few kilobytes of them can list an image millions of times. */

import type { ManifestFetcher } from "../../storage/repository.ts";
import { once } from "../../base/once.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex } from "../../oci/image_index.ts";
import { readChild } from "./read_child.ts";

/** The deepest nesting of indexes. Tools write one or two. */
const DEEPEST = 4;
/** The most entries of all indexes together. One index of 4 MiB, the most that registries take, has room for some 20,000. */
const MOST_IMAGES = 5_000;

/** Results of visits, by the digest of what was visited. */
export type VisitResults<Result> = Map<Digest, Promise<Result>>;

/** Options of {@linkcode IndexWalk}. */
export interface IndexWalkOptions<Read> {
  /** Name of the repository in error messages. */
  readonly name: string;
  /** Reads what an entry points at. */
  readonly read: (entry: Descriptor) => Promise<Read>;
}

/** A position in a tree of indexes: how deep it is, and what the whole walk has seen so far. */
export class IndexWalk<Read = Document> {
  readonly #options: IndexWalkOptions<Read>;
  readonly #depth: number;
  /** Shared by all positions of one walk. */
  readonly #seen: { entries: number };

  /** Starts at the top. */
  constructor(
    options: IndexWalkOptions<Read>,
    depth: number = 0,
    seen: { entries: number } = { entries: 0 },
  ) {
    this.#options = options;
    this.#depth = depth;
    this.#seen = seen;
  }

  /** Whether this is where the walk started. */
  get isTop(): boolean {
    return this.#depth === 0;
  }

  /**
   * Enters an index.
   *
   * @returns the position of what the index lists.
   * @throws {RangeError} if that is too deep, or all indexes up to now list too much.
   */
  into({ manifests }: Pick<ImageIndex, "manifests">): IndexWalk<Read> {
    this.#seen.entries += manifests.length;
    this.requireFew(this.#seen.entries);
    if (this.#depth === DEEPEST) {
      throw this.#refuse(`its indexes are nested more than ${DEEPEST} deep`);
    }
    return new IndexWalk(this.#options, this.#depth + 1, this.#seen);
  }

  /** Reads what an entry points at. */
  read(entry: Descriptor): Promise<Read> {
    return this.#options.read(entry);
  }

  /** Reads what an entry points at and makes something of it; once, however often it is listed. */
  visit<Result>(
    entry: Descriptor,
    results: VisitResults<Result>,
    make: (document: Read) => Promise<Result>,
  ): Promise<Result> {
    return once(results, entry.digest, async () => await make(await this.read(entry)));
  }

  /**
   * Checks the number of images, each counted as often as it is listed.
   *
   * @throws {RangeError} if there are too many.
   */
  requireFew(images: number): void {
    if (images > MOST_IMAGES) {
      throw this.#refuse(`its indexes list more than ${MOST_IMAGES} images`);
    }
  }

  #refuse(reason: string): RangeError {
    return new RangeError(`Cannot read the image of ${this.#options.name}: ${reason}`);
  }
}

/**
 * Starts a walk through the documents of a repository.
 *
 * @throws from its reads: {SyntaxError} if a document is not as long as its entry says.
 */
export function walkDocuments(
  documents: ManifestFetcher,
  signal: AbortSignal | undefined,
): IndexWalk {
  return new IndexWalk({
    name: documents.name,
    read: (entry) => readChild(documents, entry, signal),
  });
}
