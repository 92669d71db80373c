/** Writes and reads the report of a batch: a JSON object for each image, so that another run can resume it. */

import type { ByteStream } from "../../base/bytes.ts";
import { printableJson } from "../../base/printable.ts";
import type { BatchResult } from "../../image/verbs/append_batch.ts";
import type { BatchJob } from "../../image/verbs/batch_job.ts";
import type { ImageResult } from "../../image/verbs/image_result.ts";
import { type BatchLine, readLines } from "../options/read_jobs.ts";
import { describeError } from "./describe_error.ts";

/** Formats the line of an image. */
export function formatReportLine({ job, ...result }: BatchResult<BatchLine>): string {
  const { line, base, target, options } = job;
  const own = options === undefined ? {} : { options };
  const become = result.status === "failed"
    ? { error: describeError(result.error) }
    : describeImage(result.image);
  const value = { line, base, target, ...own, status: result.status, ...become };
  return `${printableJson(JSON.stringify(value))}\n`;
}

function describeImage(
  { digest, tags, warningDetails, dryRun }: ImageResult,
): object {
  return {
    digest,
    tags,
    ...(warningDetails.length === 0 ? {} : { warnings: warningDetails.map(({ code }) => code) }),
    ...(dryRun ? { dryRun } : {}),
  };
}

/**
 * Reads which images are done by a report. The incomplete line of a killed run is ignored.
 *
 * @returns a function that tells whether a job is done.
 */
export async function readReport(
  source: ByteStream,
  name: string,
): Promise<(job: BatchJob) => boolean> {
  const done = new Set<string>();
  for await (const text of readLines(source, name)) {
    const entry = parseEntry(text);
    if (entry !== undefined && !entry.dryRun && entry.status !== "failed") done.add(keyOf(entry));
  }
  return (job) => done.has(keyOf(job));
}

interface ReportEntry extends BatchJob {
  readonly status?: unknown;
  readonly dryRun?: unknown;
}

function parseEntry(text: string): ReportEntry | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === "object" && entry !== null && "status" in entry
      ? entry as ReportEntry
      : undefined;
  } catch {
    return undefined;
  }
}

/** The key of a job. Without its line number, since lines may have been inserted. */
function keyOf({ base, target, options }: BatchJob): string {
  return JSON.stringify([base, target, options]);
}
