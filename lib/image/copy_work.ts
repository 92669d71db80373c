/** What goes along while content moves from one repository to another. */

import { createLimiter, type Limiter } from "../base/limiter.ts";
import type { TaskGroup } from "../base/task_group.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/repository.ts";
import type { AccessOptions } from "./access.ts";
import { BlobMover, type BlobMoverOptions } from "./blob_mover.ts";
import type { DocumentSource } from "./copy_contents.ts";
import { IndexWalk } from "./index_walk.ts";

/** The two ends of a verb, what moves blobs between them, and the tasks that it is part of. */
export interface CopyWork {
  readonly source: Repository;
  readonly target: Repository;
  /** Where the source's nested documents are read: the source, as far as they are not at hand. */
  readonly documents: DocumentSource;
  readonly group: TaskGroup;
  readonly mover: BlobMover;
  /** Where in the source's indexes it is. */
  readonly walk: IndexWalk;
  /** Lets one list of referrers be written after the other. */
  readonly listing: Limiter;
  /** What indexes list, on its way or in the target. */
  readonly copied: Map<Digest, Promise<void>>;
}

/** Options of {@linkcode createCopyWork}. */
export interface CopyWorkOptions
  extends
    Pick<BlobMoverOptions, "source" | "target" | "limit" | "force">,
    Pick<AccessOptions, "onProgress"> {
  readonly group: TaskGroup;
}

/** Begins to move content. */
export function createCopyWork(options: CopyWorkOptions): CopyWork {
  const { source, target, group, onProgress } = options;
  const mover = new BlobMover({
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
    mover,
    walk: new IndexWalk(source.name),
    listing: createLimiter(1),
    copied: new Map(),
  };
}
