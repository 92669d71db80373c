/** What goes along while content moves from one repository to another. */

import { createLimiter, type Limiter } from "../../base/limiter.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../storage/repository.ts";
import type { AccessOptions } from "../access/access.ts";
import { BlobCopier, type BlobCopierOptions } from "./blob_copier.ts";
import type { DocumentSource } from "../index/read_document.ts";
import { IndexWalk } from "../index/index_walk.ts";

/** The two ends of a verb, what moves blobs between them, and the tasks that it is part of. */
export interface CopyContext {
  readonly source: Repository;
  readonly target: Repository;
  /** Where the source's nested documents are read: the source, as far as they are not at hand. */
  readonly documents: DocumentSource;
  readonly group: TaskGroup;
  readonly copier: BlobCopier;
  /** Where in the source's indexes it is. */
  readonly walk: IndexWalk;
  /** Lets one list of referrers be written after the other. */
  readonly listing: Limiter;
  /** What indexes list, on its way or in the target. */
  readonly copied: Map<Digest, Promise<void>>;
}

/** Options of {@linkcode createCopyContext}. */
export interface CopyContextOptions
  extends
    Pick<BlobCopierOptions, "source" | "target" | "limit" | "force">,
    Pick<AccessOptions, "onProgress"> {
  readonly group: TaskGroup;
}

/** Begins to move content. */
export function createCopyContext(options: CopyContextOptions): CopyContext {
  const { source, target, group, onProgress } = options;
  const copier = new BlobCopier({
    ...options,
    signal: group.signal,
    onProgress: ({ digest, size }, bytes) =>
      onProgress?.({ kind: "copy", digest, bytes, total: size }),
  });
  return {
    source,
    target,
    documents: source,
    group,
    copier,
    walk: new IndexWalk(source.name),
    listing: createLimiter(1),
    copied: new Map(),
  };
}
