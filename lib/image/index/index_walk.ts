/** Walks nested indexes, within bounds: a few kilobytes of them can list an image millions of times. */

import type { ManifestFetcher } from "../../storage/repository.ts";
import { once } from "../../base/once.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageIndex } from "../../oci/image_index.ts";
import { readChild } from "./read_child.ts";

/** The deepest nesting of indexes; tools write one or two levels. */
const DEEPEST = 4;
/** The most entries of all indexes together. One index of 4 MiB, the most that registries take, has room for some 20,000. */
const MOST_IMAGES = 5_000;

/** Results of visits, by the digest of the entry. */
export type VisitResults<Result> = Map<Digest, Promise<Result>>;

/** Options of {@linkcode IndexWalk}. */
export interface IndexWalkOptions<Read> {
  /** Name of the repository in error messages. */
  readonly name: string;
  /** Reads the document of an entry. */
  readonly read: (entry: Descriptor) => Promise<Read>;
}

/** A position in a tree of indexes, with the counts of the whole walk. */
export class IndexWalk<Read = Document> {
  readonly #options: IndexWalkOptions<Read>;
  readonly #depth: number;
  /** Shared by all positions of one walk. */
  readonly #seen: { entries: number };

  /** Starts a walk. */
  constructor(
    options: IndexWalkOptions<Read>,
    depth: number = 0,
    seen: { entries: number } = { entries: 0 },
  ) {
    this.#options = options;
    this.#depth = depth;
    this.#seen = seen;
  }

  /** Whether this is the start of the walk. */
  get isTop(): boolean {
    return this.#depth === 0;
  }

  /**
   * Enters an index.
   *
   * @returns the position of its entries.
   * @throws {RangeError} if it is nested too deep, or all indexes so far have too many entries.
   */
  into({ manifests }: Pick<ImageIndex, "manifests">): IndexWalk<Read> {
    this.#seen.entries += manifests.length;
    this.requireFew(this.#seen.entries);
    if (this.#depth === DEEPEST) {
      throw this.#refuse(`its indexes are nested more than ${DEEPEST} deep`);
    }
    return new IndexWalk(this.#options, this.#depth + 1, this.#seen);
  }

  /** Reads the document of an entry. */
  read(entry: Descriptor): Promise<Read> {
    return this.#options.read(entry);
  }

  /** Reads the document of an entry and makes a result of it, once for each digest. */
  visit<Result>(
    entry: Descriptor,
    results: VisitResults<Result>,
    make: (document: Read) => Promise<Result>,
  ): Promise<Result> {
    return once(results, entry.digest, async () => await make(await this.read(entry)));
  }

  /**
   * Checks the number of images, of which one may be listed several times.
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
