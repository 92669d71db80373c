/** Counts transferred bytes, and describes them. */

import type { Progress } from "../../image/access/transfer_progress.ts";
import { formatSize } from "./format_size.ts";

/** The number of images of a batch, done and in total. */
export interface ImagesProgress {
  readonly kind: "images";
  /** Includes unchanged images. */
  readonly done: number;
  readonly failed: number;
  readonly left: number;
}

/** Bytes of a layer or a blob. */
interface Amount {
  readonly bytes: number;
  readonly total?: number | undefined;
}

/** Milliseconds without a byte after which the host that is waited for is shown. */
const SILENCE = 1_000;
/** The shortest and the longest time over which a rate is measured, and the time between its samples; milliseconds. */
const SHORTEST = 1_000;
const LONGEST = 5_000;
const SAMPLE = 200;
/** Bytes per second below which a rate is not shown. */
const SLOWEST = 1_024;
/** The most layers and blobs with a line of their own. */
const MOST_LINES = 6;

/** Counts bytes and waiting requests, and describes them in lines. Times are milliseconds of one clock. */
export class ProgressCounts {
  readonly #start: number;
  #movedAt: number;
  readonly #read = new Map<number, Amount>();
  readonly #sent = new Map<number, Amount>();
  readonly #copied = new Map<string, Amount>();
  readonly #base = new Map<string, Amount>();
  #images: ImagesProgress | undefined;
  readonly #waiting = new Map<string, number>();
  readonly #inward = new Rate();
  readonly #outward = new Rate();

  constructor(start: number) {
    this.#start = start;
    this.#movedAt = start;
  }

  add(progress: Progress | ImagesProgress, now: number): void {
    if (progress.kind === "wait") {
      this.#waiting.set(progress.host, progress.requests);
      return;
    }
    this.#movedAt = now;
    if (progress.kind === "images") {
      this.#images = progress;
      return;
    }
    switch (progress.kind) {
      case "read":
        this.#read.set(progress.layer, progress);
        break;
      case "upload":
        this.#sent.set(progress.layer, progress);
        break;
      case "copy":
        this.#copied.set(progress.digest, progress);
        break;
      case "base":
        this.#base.set(progress.digest, progress);
        break;
    }
    this.#inward.add(now, bytes(this.#read) + bytes(this.#copied));
    this.#outward.add(now, bytes(this.#sent));
  }

  /** Milliseconds since the last byte. */
  silence(now: number): number {
    return now - this.#movedAt;
  }

  /** Whether there is anything to show. */
  hasNews(now: number): boolean {
    return this.#movedAt > this.#start || this.#waitedFor(now) !== undefined;
  }

  /** Everything in one line. */
  summary(now: number): string {
    return this.#summarize(now, Infinity);
  }

  /** A line for each layer or blob, if there are several, and one for all. */
  lines(now: number, width: number): string[] {
    return [...this.#details().map((parts) => fit(parts, width)), this.#summarize(now, width)];
  }

  #summarize(now: number, width: number): string {
    const amounts: string[] = [];
    if (this.#base.size > 0) amounts.push(`read ${formatSize(bytes(this.#base))} of the base`);
    if (this.#read.size > 0) amounts.push(`read ${formatAmount(sum([...this.#read.values()]))}`);
    if (this.#copied.size > 0) {
      amounts.push(`copied ${formatAmount(sum([...this.#copied.values()]))}`);
    }
    const more: string[] = [];
    if (this.#sent.size > 0) more.push(`sent ${formatSize(bytes(this.#sent))}`);
    if (this.#copied.size > 0) more.push(count(this.#copied.size, "blob"));
    const told = [
      ...this.#toldImages(now),
      ...amounts,
      ...this.#pace(now),
      ...more,
    ];
    const clock = formatTime(now - this.#start);
    const waited = this.#waitedFor(now);
    if (waited === undefined) return fit(told, width, clock);
    const rest = this.#movedAt > this.#start ? `; ${[...told, clock].join(", ")}` : "";
    // The rest is shown only if it fits, since the line is about the host that is waited for.
    return fit([`${waited}${waited.length + rest.length <= width ? rest : ""}`], width);
  }

  #toldImages(now: number): string[] {
    if (this.#images === undefined) return [];
    const { done, failed, left } = this.#images;
    const rate = 1_000 * (done + failed) / Math.max(1, now - this.#start);
    return [
      `${done} done`,
      `${failed} failed`,
      `${left} left`,
      ...(left > 0 && rate > 0 ? [`${formatTime(1_000 * left / rate)} to go`] : []),
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} images/s`,
    ];
  }

  /** The percentage, the remaining time and the rate. */
  #pace(now: number): string[] {
    const { bytes, total } = sum([...this.#read.values(), ...this.#copied.values()]);
    const hasAll = total !== undefined && bytes >= total;
    const rate = (hasAll ? this.#outward : this.#inward).perSecond(now);
    const parts = percentOf({ bytes, total });
    if (rate < SLOWEST) return parts;
    if (total !== undefined && !hasAll) {
      parts.push(`${formatTime(1_000 * (total - bytes) / rate)} left`);
    }
    return [...parts, `${formatSize(rate)}/s`];
  }

  /** The parts of each line. */
  #details(): string[][] {
    const several = <Key>(amounts: ReadonlyMap<Key, Amount>): [Key, Amount][] =>
      amounts.size > 1 ? [...amounts] : [];
    const lines = [
      ...several(this.#read).map(([layer, amount]) => {
        const sent = this.#sent.get(layer);
        const rest = sent === undefined ? [] : [`sent ${formatSize(sent.bytes)}`];
        return [`layer ${layer + 1}: ${formatAmount(amount)}`, ...percentOf(amount), ...rest];
      }),
      ...several(this.#copied)
        .filter(([, { bytes, total = 0 }]) => bytes > 0 && bytes < total)
        .map(([digest, amount]) => [
          `${digest.slice(0, 19)}: ${formatAmount(amount)}`,
          ...percentOf(amount),
        ]),
    ];
    const hidden = lines.length - MOST_LINES;
    return hidden > 0 ? [...lines.slice(0, MOST_LINES), [`and ${hidden} more`]] : lines;
  }

  #waitedFor(now: number): string | undefined {
    const hosts = [...this.#waiting].flatMap(([host, requests]) => requests > 0 ? [host] : []);
    const silence = this.silence(now);
    if (hosts.length === 0 || silence < SILENCE) return undefined;
    return `waiting for ${hosts.slice(0, 2).join(" and ")}, ${formatTime(silence)}`;
  }
}

/** The recent rate of a growing count. */
class Rate {
  readonly #samples: [time: number, bytes: number][] = [];

  add(time: number, bytes: number): void {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last !== undefined && samples.length > 1 && time - last[0] < SAMPLE) last[1] = bytes;
    else samples.push([time, bytes]);
    while (samples[1] !== undefined && time - samples[1][0] >= LONGEST) samples.shift();
  }

  /** Bytes per second; 0 if it is not known yet. */
  perSecond(now: number): number {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first[0] < SHORTEST) return 0;
    return 1_000 * Math.max(0, last[1] - first[1]) / (now - first[0]);
  }
}

/** The sum of amounts; its total is known if all totals are. */
function sum(amounts: readonly Amount[]): Amount {
  let moved = 0;
  let total: number | undefined = 0;
  for (const amount of amounts) {
    moved += amount.bytes;
    total = amount.total === undefined || total === undefined ? undefined : total + amount.total;
  }
  return { bytes: moved, total };
}

function bytes(amounts: ReadonlyMap<unknown, Amount>): number {
  let sum = 0;
  for (const { bytes } of amounts.values()) sum += bytes;
  return sum;
}

function formatAmount({ bytes, total }: Amount): string {
  return total === undefined ? formatSize(bytes) : `${formatSize(bytes)} of ${formatSize(total)}`;
}

function percentOf({ bytes, total = 0 }: Amount): string[] {
  return total > 0 ? [`${Math.min(100, Math.floor(100 * bytes / total))} %`] : [];
}

function formatTime(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** Joins as many parts as fit, and always the clock. */
function fit(parts: readonly string[], width: number, ...clock: readonly string[]): string {
  const kept = [...parts];
  const join = (): string => [...kept, ...clock].join(", ");
  while (kept.length > 1 && join().length > width) kept.pop();
  return join().slice(0, width);
}
