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
 * into its other repositories. An image whose base ends with these layers already is left without a second copy: every job can be done
 * again. Bases are asked nothing unless `readBase` says so; then each image gets the layers as they lie on its base.
 *
 * Jobs are read as there is room for them, and results come in the order of completion; who reads no further ends the batch. One that
 * fails is a result like the others, and leaves its target as it was.
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
 * @param jobs In any order, since they are done side by side: none may need what another one makes.
 * @throws {TypeError} if there is no layer, or an option is none.
 * @throws {LayerError} if a layer is not a tar archive.
 * @throws the signal's reason, once it is aborted; images are whole or their targets as they were.
 */
export async function* appendBatch<Job extends BatchJob>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  options: BatchOptions,
): AsyncGenerator<BatchResult<Job>, void, undefined> {
  yield* append(jobs, await withDefaultHost(options));
}
