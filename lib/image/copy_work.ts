/** What goes along while content moves from one repository to another. */

import type { TaskGroup } from "../base/task_group.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/repository.ts";
import type { BlobMover } from "./blob_mover.ts";
import type { IndexWalk } from "./index_walk.ts";

/** The two ends of a verb, what moves blobs between them, and the tasks that it is part of. */
export interface CopyWork {
  readonly source: Repository;
  readonly target: Repository;
  readonly group: TaskGroup;
  readonly mover: BlobMover;
  /** Where in the source's indexes it is. */
  readonly walk: IndexWalk;
  /** What indexes list, on its way or in the target. */
  readonly copied: Map<Digest, Promise<void>>;
}
