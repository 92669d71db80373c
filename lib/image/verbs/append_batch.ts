/** Appends the same layers to many images. */

import { abortable } from "../../base/abortable.ts";
import { createChannel } from "../../base/channel.ts";
import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { expectLater } from "../../base/expect_later.ts";
import { KeyedLimiter } from "../../base/keyed_limiter.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import { type Access, withAccess } from "../access/access.ts";
import { createOwnWarnings } from "../access/own_warnings.ts";
import { BatchLayers } from "../update/batch_layers.ts";
import { appendOptionNames, type AppendOptions, requireLayers } from "./append.ts";
import {
  type BatchJob,
  type CheckedJob,
  checkJob,
  mergeOptions,
  registriesOfJob,
} from "./batch_job.ts";
import { makeImage, planImage } from "./change_image.ts";
import type { ImageResult } from "./image_result.ts";
import { parseReadBase } from "./layer_store_options.ts";

/** Options of {@linkcode appendBatch}. */
export interface BatchOptions extends AppendOptions {
  /**
   * How many images are made at a time.
   *
   * @default {32}
   */
  readonly jobs?: number | undefined;
  /**
   * How many of them may have the same registry as base or target.
   *
   * @default {16}
   */
  readonly jobsPerRegistry?: number | undefined;
}

const optionNames = (): OptionNames<BatchOptions> => ({
  ...appendOptionNames(),
  jobs: true,
  jobsPerRegistry: true,
});

/** The result of one image of a batch. */
export type BatchResult<Job extends BatchJob = BatchJob> =
  | {
    /** The job as it was given. */
    readonly job: Job;
    /** Whether the image was changed, or had the layers and all other changes already. */
    readonly status: "done" | "unchanged";
    /** The result. Its `transfer` counts the whole batch so far. */
    readonly image: ImageResult;
  }
  | {
    readonly job: Job;
    readonly status: "failed";
    /** The reason; the target is as it was. */
    readonly error: unknown;
  };

const DEFAULT_JOBS = 32;
const DEFAULT_JOBS_PER_REGISTRY = 16;
/** Jobs that are read ahead, so that those of one registry do not block those of others. */
const LOOK_AHEAD = 256;
/** Images between two garbage collections, which take 10 to 20 ms; each image leaves some 100 KB. */
const IMAGES_PER_COLLECTION = 16;

/** Implements `appendBatch` of its entry, with the host in the options. */
export async function* appendBatch<Job extends BatchJob>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  options: BatchOptions,
): AsyncGenerator<BatchResult<Job>, void, undefined> {
  checkOptions(options, optionNames(), "appendBatch()");
  requireLayers(options, "a batch");
  const { jobs: total = DEFAULT_JOBS, jobsPerRegistry: each = DEFAULT_JOBS_PER_REGISTRY } = options;
  const limiter = new KeyedLimiter({ total, each });
  const results = createChannel<BatchResult<Job>>();
  const leaving = new AbortController();
  const signal = options.signal === undefined
    ? leaving.signal
    : AbortSignal.any([options.signal, leaving.signal]);
  const common = { ...options, signal, readBase: parseReadBase(options.readBase ?? "none") };
  const work = withAccess(common, (access) =>
    runTasks(signal, async (group) => {
      const layers = new BatchLayers(common, { access, group });
      try {
        const createAccess = createOwnWarnings(access, common);
        const batch = { options: common, createAccess, group, layers };
        let count = 0;
        await eachJob(jobs, { limiter, group }, async (job) => {
          const result = await doJob(job, batch);
          await results.send(result);
          if (++count % IMAGES_PER_COLLECTION === 0) access.host.collectGarbage?.();
        });
      } finally {
        await layers.close();
      }
    })).then(() => results.close(), (error) => results.close(error));
  try {
    yield* results;
  } finally {
    leaving.abort(new Error("The reader of the batch is gone"));
    await work;
  }
}

interface Batch {
  readonly options: BatchOptions & { readonly readBase: NonNullable<BatchOptions["readBase"]> };
  /** Makes the access of one image. */
  readonly createAccess: () => Access;
  readonly group: TaskGroup;
  readonly layers: BatchLayers;
}

/** Reads jobs as there is room for them, and runs each when the limiter lets it. */
async function eachJob<Job extends BatchJob>(
  jobs: AsyncIterable<Job> | Iterable<Job>,
  { limiter, group: { signal, start } }: {
    readonly limiter: KeyedLimiter;
    readonly group: TaskGroup;
  },
  run: (job: Job) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in jobs
    ? jobs[Symbol.asyncIterator]()
    : jobs[Symbol.iterator]();
  const running = new Set<Promise<void>>();
  try {
    while (true) {
      await abortable(limiter.room(LOOK_AHEAD), signal);
      const next = await abortable(Promise.resolve(iterator.next()), signal);
      if (next.done) break;
      const job = next.value;
      const done = start(async () => {
        const release = await abortable(limiter.acquire(keysOf(job)), signal);
        try {
          await run(job);
        } finally {
          release();
        }
      });
      const forgotten = done.finally(() => running.delete(forgotten));
      running.add(expectLater(forgotten));
    }
    await Promise.all(running);
  } finally {
    // Not awaited: a generator may be waiting for a job that never comes.
    if (signal.aborted) expectLater(Promise.resolve(iterator.return?.()));
  }
}

function keysOf(job: BatchJob): readonly string[] {
  try {
    return registriesOfJob(checkJob(job));
  } catch {
    // An invalid job fails when it runs.
    return [];
  }
}

async function doJob<Job extends BatchJob>(
  job: Job,
  { group, ...batch }: Batch,
): Promise<BatchResult<Job>> {
  try {
    const image = await runTasks(
      group.signal,
      (own) => doChecked(checkJob(job), { ...batch, group: own }),
    );
    return { job, status: image.unchanged ? "unchanged" : "done", image };
  } catch (error) {
    group.signal.throwIfAborted();
    return { job, status: "failed", error };
  }
}

async function doChecked(
  job: CheckedJob,
  { options, createAccess, group, layers }: Batch,
): Promise<ImageResult> {
  const change = mergeOptions(options, job.options);
  const plan = planImage(job.base, job.target, { change, layers: options });
  const access = createAccess();
  // The documents of earlier images are no longer held.
  access.documents.reset();
  return await makeImage(plan, access, group, layers.forImage(access, group));
}
