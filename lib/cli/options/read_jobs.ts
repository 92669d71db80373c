/** Reads the jobs of a batch from a file. */

import type { ByteStream } from "../../base/bytes.ts";
import { printable } from "../../base/printable.ts";
import {
  type BatchJob,
  checkJob,
  JOB_REFUSED,
  requireOnlyJob,
} from "../../image/verbs/batch_job.ts";
import { UsageError } from "../usage_error.ts";
import type { Shard } from "./batch_options.ts";

/** A line of a file: one image. */
export interface BatchLine extends BatchJob {
  /** Counted from 1. */
  readonly line: number;
}

/** A line that is not parsed, so that a long list takes little memory. */
export interface RawLine {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** Options of {@linkcode readJobs}. */
export interface ReadJobsOptions {
  /** What messages call the file. */
  readonly name: string;
  /** Further tags of jobs that have no `tags` of their own. */
  readonly tags: readonly string[];
  /** The lines to return; all are checked. */
  readonly shard: Shard | undefined;
}

/** The most characters of a line. */
const LONGEST_LINE = 1024 * 1024;

/**
 * Reads and checks jobs: a JSON object a line, or BASE and TARGET separated by white space. Empty lines and those that begin with "#" are
 * left out.
 *
 * @throws {UsageError} that names the first invalid line, and tells how many there are.
 */
export async function readJobs(
  source: ByteStream,
  { name, tags, shard = { index: 0, count: 1 } }: ReadJobsOptions,
): Promise<readonly RawLine[]> {
  const jobs: RawLine[] = [];
  const lines = new Map<string, number>();
  let first: { readonly line: number; readonly error: unknown } | undefined;
  let wrong = 0;
  let line = 0;
  let count = 0;
  for await (const text of readLines(source, name)) {
    line++;
    if (text.trim() === "" || text.trimStart().startsWith("#")) continue;
    try {
      for (const target of checkJob(parseJob(text), tags).names) {
        const other = lines.get(target);
        if (other !== undefined) throw new TypeError(`line ${other} writes "${target}", too`);
        lines.set(target, line);
      }
      if (count++ % shard.count === shard.index) jobs.push({ line, text });
    } catch (error) {
      wrong++;
      first ??= { line, error };
    }
  }
  if (first === undefined) return jobs;
  const reason = first.error instanceof Error ? first.error.message : String(first.error);
  const more = wrong === 1 ? "" : `; ${wrong} lines cannot be used`;
  throw new UsageError(
    `Cannot use line ${first.line} of ${name}: ${
      printable(reason.replace(JOB_REFUSED, ""), 1_000)
    }${more}`,
    { cause: first.error },
  );
}

/** Parses a line that was checked. */
export function parseLine({ line, text }: RawLine): BatchLine {
  return { ...parseJob(text), line };
}

function parseJob(text: string): BatchJob {
  if (text.trimStart().startsWith("{")) {
    const job = JSON.parse(text);
    requireOnlyJob(job);
    return job;
  }
  const [base = "", target, ...rest] = text.trim().split(/\s+/);
  if (target === undefined || rest.length > 0) {
    throw new SyntaxError("expected BASE and TARGET, or a JSON object");
  }
  return { base, target };
}

/** Reads a text line by line. */
export async function* readLines(source: ByteStream, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new UsageError(`Cannot read ${name}: a line is too long`);
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
