/** Options of a batch: concurrency, shard and report. */

import { type OptionGroup, optionGroup, single } from "./option.ts";
import { parseText, parseWhole } from "./values.ts";

/** A part of the lines of a file: every `count`th one. */
export interface Shard {
  /** The first line, from 0. */
  readonly index: number;
  /** Number of shards. */
  readonly count: number;
}

/** The parsed options. */
export interface BatchFlags {
  readonly shard: Shard | undefined;
  /** Path of the report of an earlier run. */
  readonly resume: string | undefined;
  /** Path of the report to write. */
  readonly report: string | undefined;
  readonly jobs: number | undefined;
  readonly jobsPerRegistry: number | undefined;
}

const MOST_JOBS = 1_024;

/** The options of a batch. */
export const BATCH_OPTIONS: OptionGroup<[], BatchFlags> = optionGroup(
  "Batch",
  {
    report: single({
      value: "FILE",
      about: "write a JSON object for each image, as it is done (default: to standard output)",
      parse: parseText,
    }),
    resume: single({
      value: "REPORT",
      about: "do what an earlier run has left, by its report; it may be FILE of --report, too",
      parse: parseText,
    }),
    shard: single({
      value: "I/N",
      about: "do every N-th line alone; I counts from 0, or from 1 to N",
      parse: parseShard,
    }),
    jobs: single({
      value: "N",
      about: "make N images at a time (default: 32)",
      parse: parseWhole(1, MOST_JOBS),
    }),
    jobsPerRegistry: single({
      value: "N",
      about: "make N images of one registry at a time (default: 16)",
      parse: parseWhole(1, MOST_JOBS),
    }),
  },
  ({ report, resume, shard, jobs, jobsPerRegistry, ...unread }) => ({
    result: { report, resume, shard, jobs, jobsPerRegistry },
    unread,
  }),
);

/** Kubernetes and GitHub count shards from 0, GitLab from 1: N of N is shard 0. */
function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number);
  if (index !== undefined && count !== undefined && count > 0 && index <= count) {
    return { index: index % count, count };
  }
  throw new SyntaxError(
    `expected "I/N", with I from 0 or 1 to N, got ${JSON.stringify(text)}`,
  );
}
