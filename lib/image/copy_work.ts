/** What goes along while content moves from one repository to another. */

import type { Limiter } from "../base/limiter.ts";
import type { TaskGroup } from "../base/task_group.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/repository.ts";
import type { BlobMover } from "./blob_mover.ts";
import type { DocumentSource } from "./copy_contents.ts";
import type { IndexWalk } from "./index_walk.ts";

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
