/** Opens the source and the target of a verb. */

import { createLimiter, type Limiter } from "../../base/limiter.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { Location } from "../../storage/location.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Repository } from "../../storage/repository.ts";
import type { Access, AccessOptions } from "../access/access.ts";
import { type CopyContext, createCopyContext } from "../transfer/copy_context.ts";
import { dryRunRepository } from "../access/dry_run.ts";
import { scratchRepository } from "../access/scratch.ts";
import { checkedRepository } from "../access/strict.ts";
import type { Target } from "./target.ts";

/** Options of {@linkcode openSourceAndTarget}. */
export interface OpenSourceAndTargetOptions extends Pick<AccessOptions, "onProgress"> {
  readonly access: Access;
  readonly group: TaskGroup;
  /** Platforms of `scratch`. */
  readonly platforms: readonly Platform[];
  readonly dryRun?: boolean | undefined;
  /** Limits how many blobs are streamed at a time. @default the access's concurrency, for this pair alone */
  readonly limit?: Limiter | undefined;
}

/** Opens source and target. No request is sent yet. */
export async function openSourceAndTarget(
  from: Location,
  to: Target,
  { access, group, platforms, dryRun = false, onProgress, limit }: OpenSourceAndTargetOptions,
): Promise<CopyContext> {
  const opened = access.open(to.location, dryRun ? "pull" : "push", "target");
  const base = from.kind === "scratch"
    ? await scratchRepository(await scratchPlatforms(platforms, opened, group))
    : access.open(from, "pull", "source");
  // The same repository for both needs only one token.
  const source = opened.isSame(base) && opened.name === base.name ? opened : base;
  const written = dryRun ? dryRunRepository(opened, access) : opened;
  const target = checkedRepository(written, access.requireAllowed);
  return createCopyContext({
    source,
    target,
    group,
    limit: limit ?? createLimiter(access.concurrency),
    onProgress,
  });
}

/** Makes the context of a further source with the same target. */
export function withSource(
  copy: CopyContext,
  from: Location,
  { access, onProgress }: Pick<OpenSourceAndTargetOptions, "access" | "onProgress">,
): CopyContext {
  const { source, target, group } = copy;
  const opened = access.open(from, "pull", "source");
  const known = [source, target].find((other) =>
    other.isSame(opened) && other.name === opened.name
  );
  const limit = createLimiter(access.concurrency);
  return createCopyContext({ source: known ?? opened, target, group, limit, onProgress });
}

/** The platforms of the empty image: the requested ones, or else that of the target. */
async function scratchPlatforms(
  platforms: readonly Platform[],
  target: Repository,
  { signal }: TaskGroup,
): Promise<readonly Platform[]> {
  if (platforms.length > 0) return platforms;
  const platform = await target.imagePlatform?.({ signal });
  return platform === undefined ? [] : [platform];
}
