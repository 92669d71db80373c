/** What the steps of a copy share. */

import { createLimiter, type Limiter } from "../../base/limiter.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { Repository } from "../../storage/repository.ts";
import type { AccessOptions } from "../access/access.ts";
import type { VisitResults } from "../index/index_walk.ts";
import { BlobCopier, type BlobCopierOptions } from "./blob_copier.ts";

/** Source and target of a copy, its tasks, and what was copied so far. */
export interface CopyContext {
  readonly source: Repository;
  readonly target: Repository;
  readonly group: TaskGroup;
  readonly copier: BlobCopier;
  /** Allows one update of a referrers tag at a time. */
  readonly referrersLimit: Limiter;
  /** Manifests that were copied or are being copied. */
  readonly copied: VisitResults<void>;
}

/** Options of {@linkcode createCopyContext}. */
export interface CopyContextOptions
  extends
    Pick<BlobCopierOptions, "source" | "target" | "limit" | "force">,
    Pick<AccessOptions, "onProgress"> {
  readonly group: TaskGroup;
}

/** Makes the context of a copy. */
export function createCopyContext(options: CopyContextOptions): CopyContext {
  const { source, target, group, limit, force, onProgress } = options;
  const copier = new BlobCopier({
    source,
    target,
    limit,
    force,
    signal: group.signal,
    onProgress: ({ digest, size }, bytes) =>
      onProgress?.({ kind: "copy", digest, bytes, total: size }),
  });
  return { source, target, group, copier, referrersLimit: createLimiter(1), copied: new Map() };
}
