/** `appendlayer batch`. */

import type { Transfer } from "../../storage/transfer.ts";
import type { BatchOptions, BatchResult } from "../../image/verbs/append_batch.ts";
import type { Io } from "../io.ts";
import { BATCH_OPTIONS, type BatchFlags } from "../options/batch_options.ts";
import { COMPRESSION_OPTIONS } from "../options/compression_options.ts";
import { ABOUT_OPTIONS, CONFIG_OPTIONS, PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { HISTORY_OPTIONS } from "../options/history_options.ts";
import { LAYER_OPTIONS } from "../options/layer_options.ts";
import { badValue } from "../options/option.ts";
import type { BatchLine, RawLine } from "../options/read_jobs.ts";
import { RESULT_OPTIONS } from "../options/result_options.ts";
import { namesOfTaken, TAKEN_OPTIONS } from "../options/taken_options.ts";
import { describeError } from "../output/describe_error.ts";
import { formatSize } from "../output/format_size.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { registriesOf } from "./parse_operands.ts";
import type { Session } from "./session.ts";

/** The most failures that are printed; the report has all. */
const MOST_TOLD = 20;

/** Appends the same files to many images. */
export const BATCH: Command = command({
  name: "batch",
  about: "put the same files on top of many images",
  usage: ["batch FILE [OPTIONS]"],
  detail:
    'FILE (- is standard input) has an image a line: BASE TARGET, or JSON as in {"base":"a:1","target":"a:1","options":{"labels":{"ca":"7"}}}, with the library\'s options of the config, platforms, tags and annotations. ' +
    "The layer is packed once, sent once to each registry and mounted from there. An image that ends with it stays as it is: BASE may be TARGET, and every line can be done again. " +
    "Bases are asked nothing without --read-base. Where an image fails, the exit status is 1.",
  examples: [
    "appendlayer batch images.txt --add ca.pem:/etc/ssl/certs/ --report report",
  ],
  common: [
    "add",
    "layer",
    "label",
    "dry-run",
    "report",
    "resume",
    "shard",
    "jobs",
  ],
  operands: [1],
  movesBlobs: true,
  groups: {
    batch: BATCH_OPTIONS,
    layer: LAYER_OPTIONS,
    taken: TAKEN_OPTIONS,
    compression: COMPRESSION_OPTIONS,
    platforms: PLATFORM_OPTIONS,
    config: CONFIG_OPTIONS,
    about: ABOUT_OPTIONS,
    history: HISTORY_OPTIONS,
    result: RESULT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async (
    {
      operands: [file = ""],
      batch,
      layer,
      taken,
      compression,
      platforms,
      config,
      about,
      history,
      result,
      connection,
      ...unread
    },
    session,
  ) => {
    const flags = batch();
    const { io } = session;
    const named = result();
    const jobs = await readWork(file, { ...flags, tags: named.tags ?? [] }, session);
    const { threads, ...compressing } = compression();
    const createHost: Io["createHost"] = (options) => io.createHost({ ...options, threads });
    const readInput: Io["readInput"] = (signal) => {
      if (file !== "-") return io.readInput(signal);
      throw new UsageError(
        "Cannot read both FILE and a layer from standard input: it can be read only once",
      );
    };
    const takes = taken();
    const names = namesOfTaken(takes);
    const { differences: _differences, readBase = "none", ...layers } = await layer({
      session: { ...session, io: { ...io, readInput } },
      base: undefined,
      takes: names.length > 0,
    });
    const { onProgress, ...access } = await connection({
      session: { ...session, io: { ...io, createHost } },
      registries: [...new Set([...jobs.registries, ...registriesOf(...names)])],
    });
    const options: BatchOptions = {
      ...access,
      // The transfers of single images would change too fast to read.
      onProgress: (progress) => progress.kind === "wait" && onProgress?.(progress),
      ...config(),
      ...platforms(),
      ...about(io),
      ...history(),
      ...compressing,
      ...layers,
      ...takes,
      readBase,
      ...named,
      jobs: flags.jobs,
      jobsPerRegistry: flags.jobsPerRegistry,
    };
    await runBatch(jobs, options, { flags, session });
    return unread;
  },
});

/** The images to make, and how many were left out since they were done before. */
interface Work {
  readonly left: readonly RawLine[];
  readonly skipped: number;
  /** Registries of the bases and targets. */
  readonly registries: ReadonlySet<string>;
}

async function readWork(
  file: string,
  flags: BatchFlags & { readonly tags: readonly string[] },
  session: Session,
): Promise<Work> {
  const { io, signal } = session;
  const { parseLine, readJobs } = await import("../options/read_jobs.ts");
  const source = file === "-" ? io.readInput(signal) : io.readFile(file);
  const name = file === "-" ? "standard input" : JSON.stringify(file);
  const lines = await readJobs(source, { name, shard: flags.shard, tags: flags.tags });
  const isDone = flags.resume === undefined ? () => false : await readDone(flags.resume, io);
  const left: RawLine[] = [];
  const registries = new Set<string>();
  for (const line of lines) {
    const job = parseLine(line);
    if (isDone(job)) continue;
    left.push(line);
    for (const registry of registriesOf(job.base, job.target)) registries.add(registry);
  }
  return { left, skipped: lines.length - left.length, registries };
}

async function readDone(report: string, io: Io): Promise<(job: BatchLine) => boolean> {
  const { readReport } = await import("../output/batch_report.ts");
  try {
    return await readReport(io.readFile(report), JSON.stringify(report));
  } catch (error) {
    throw badValue("resume", error);
  }
}

async function runBatch(
  { left, skipped }: Work,
  options: BatchOptions,
  { flags: { report, resume }, session }: { readonly flags: BatchFlags; readonly session: Session },
): Promise<void> {
  const { formatReportLine } = await import("../output/batch_report.ts");
  const { parseLine } = await import("../options/read_jobs.ts");
  const { appendBatch } = await import("../../image/verbs/append_batch.ts");
  const start = session.io.now();
  const counts = { done: 0, unchanged: 0, failed: 0 };
  let transfer: Readonly<Transfer> | undefined;
  const log = report === undefined
    ? undefined
    : await session.io.openLog(report, { continues: report === resume });
  const took = (): string => {
    const seconds = Math.round((session.io.now() - start) / 1_000);
    const rest = left.length - counts.done - counts.unchanged - counts.failed;
    return [
      `${counts.done} ${options.dryRun ? "would be done" : "done"}`,
      `${counts.unchanged} unchanged`,
      `${counts.failed} failed`,
      ...(rest > 0 ? [`${rest} left`] : []),
      ...(skipped > 0 ? [`${skipped} done before`] : []),
      `${seconds} s`,
    ].join(", ") + describeTransfer(transfer, options.dryRun);
  };
  function* jobs(): Generator<BatchLine> {
    for (const line of left) yield parseLine(line);
  }
  try {
    for await (const result of appendBatch(jobs(), options)) {
      counts[result.status]++;
      const line = formatReportLine(result);
      await (log === undefined ? session.out(line) : log.write(line));
      if (result.status === "failed") tellFailure(result, counts.failed, session);
      else transfer = result.image.transfer;
      const { done, unchanged, failed } = counts;
      const now = done + unchanged + failed;
      session.showProgress?.({
        kind: "images",
        done: now - failed,
        failed,
        left: left.length - now,
      });
    }
  } catch (error) {
    session.note(took());
    throw error;
  } finally {
    await log?.close();
  }
  session.note(took());
  if (counts.failed === 0) return;
  const all = left.length === 1 ? "image" : "images";
  throw new Error(
    `Cannot make ${counts.failed} of ${left.length} ${all}: the report says why, and --resume does what is left`,
  );
}

function tellFailure(
  { job, error }: Extract<BatchResult<BatchLine>, { status: "failed" }>,
  count: number,
  session: Session,
): void {
  if (count > MOST_TOLD) return;
  session.note(`line ${job.line}: ${describeError(error)}`);
  if (count === MOST_TOLD) session.note("further failures are in the report alone");
}

function describeTransfer(
  transfer: Readonly<Transfer> | undefined,
  dryRun: boolean | undefined,
): string {
  if (transfer === undefined) return "";
  const { requests, bytesUploaded, blobsMounted } = transfer;
  const sent = dryRun ? "would be sent" : "sent";
  return `; ${requests} requests, ${
    formatSize(bytesUploaded)
  } ${sent}, ${blobsMounted} blobs mounted`;
}
