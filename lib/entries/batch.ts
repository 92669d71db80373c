/**
 * Appends the same layers to many images.
 *
 * @module
 */

import { withDefaultHost } from "../host/default_host.ts";
import {
  appendBatch as append,
  type BatchOptions,
  type BatchResult,
} from "../image/verbs/append_batch.ts";
import type { BatchJob } from "../image/verbs/batch_job.ts";

export type { BatchOptions, BatchResult } from "../image/verbs/append_batch.ts";
export type { BatchJob, BatchJobOptions } from "../image/verbs/batch_job.ts";

/**
 * Puts the same layers on top of many images, several at a time. The layers are packed once, sent once to each registry and mounted
 * into its other repositories. An image whose base ends with these layers already does not get them twice, so that every job can be
 * repeated. The layers of bases are not read unless `readBase` is set; then each image gets the layers adapted to its base.
 *
 * Jobs are taken from `jobs` one by one as others end, and results come in the order of completion. Ending the iteration ends the
 * batch. A job that fails has a result like the others, and leaves its target as it was.
 *
 * @example
 * ```ts no-eval
 * import { appendBatch } from "@x/appendlayer/batch";
 * import { addFiles } from "@x/appendlayer/files";
 *
 * const layers = [addFiles({ additions: [{ source: "ca.pem", destination: "/etc/ssl/certs/acme.pem" }] })];
 * const jobs = ["api", "web"].map((name) => ({ base: `ghcr.io/acme/${name}:1`, target: `ghcr.io/acme/${name}:1-ca` }));
 * for await (const result of appendBatch(jobs, { layers })) {
 *   console.log(result.job.target, result.status === "failed" ? result.error : result.image.digest);
 * }
 * ```
 * @param jobs The images, in any order. They are done at the same time, so that no job may need the result of another.
 * @throws {TypeError} if there is no layer, or an option is invalid.
 * @throws {LayerError} if a layer is not a tar archive.
 * @throws the signal's reason, once it is aborted; each target is then either complete or as it was.
 */
export async function* appendBatch<Job extends BatchJob>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  options: BatchOptions,
): AsyncGenerator<BatchResult<Job>, void, undefined> {
  yield* append(jobs, await withDefaultHost(options));
}
