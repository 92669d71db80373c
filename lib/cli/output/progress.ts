/** Progress on standard error: one line that is redrawn on a terminal, a line now and then in a log. */

import type { Progress } from "../../image/access/access.ts";
import { formatSize } from "./format_size.ts";
import type { Io } from "../io.ts";

/** How progress is shown. */
export type ProgressKind = "auto" | "plain" | "none";

/** Shows progress until it is cleared. */
export interface ProgressDisplay {
  readonly show: (progress: Progress) => void;
  /** Erases the line that is redrawn, so that something else can be written. */
  clear(): void;
}

/** Milliseconds between two drawings, of a line that is redrawn and of lines in a log. */
const REDRAW = 100;
const REPEAT = 5_000;

/** Makes a display; with "auto" a person's terminal gets a line that is redrawn, and a log lines. */
export function createProgress(
  kind: ProgressKind,
  io: Pick<Io, "terminal" | "columns" | "err" | "now">,
): ProgressDisplay | undefined {
  if (kind === "none") return undefined;
  const redrawn = kind === "auto" && io.terminal.error;
  const counts = new Counts();
  const start = io.now();
  let drawnAt = start;
  let drawn = "";
  return {
    show(progress): void {
      counts.add(progress);
      const now = io.now();
      if (now - drawnAt < (redrawn ? REDRAW : REPEAT)) return;
      drawnAt = now;
      const line = counts.format(now - start);
      if (!redrawn) return io.err(`appendlayer: ${line}\n`);
      drawn = line.slice(0, Math.max(10, io.columns - 1));
      io.err(`\r${drawn}\x1b[K`);
    },
    clear(): void {
      if (drawn !== "") io.err("\r\x1b[K");
      drawn = "";
    },
  };
}

/** Counts of bytes so far. */
class Counts {
  readonly #read = new Map<number, number>();
  readonly #sent = new Map<number, number>();
  readonly #copied = new Map<string, { bytes: number; total: number }>();
  readonly #base = new Map<string, number>();

  add(progress: Progress): void {
    switch (progress.kind) {
      case "read":
        this.#read.set(progress.layer, progress.bytes);
        break;
      case "upload":
        this.#sent.set(progress.layer, progress.bytes);
        break;
      case "copy":
        this.#copied.set(progress.digest, progress);
        break;
      case "base":
        this.#base.set(progress.digest, progress.bytes);
        break;
    }
  }

  format(milliseconds: number): string {
    const parts: string[] = [];
    if (this.#base.size > 0) {
      parts.push(`read ${formatSize(sum(this.#base.values()))} of the base`);
    }
    if (this.#read.size > 0) parts.push(`read ${formatSize(sum(this.#read.values()))}`);
    if (this.#sent.size > 0) parts.push(`sent ${formatSize(sum(this.#sent.values()))}`);
    if (this.#copied.size > 0) {
      const blobs = [...this.#copied.values()];
      const copied = formatSize(sum(blobs.map(({ bytes }) => bytes)));
      const total = formatSize(sum(blobs.map(({ total }) => total)));
      parts.push(
        `copied ${copied} of ${total}, ${blobs.length} blob${blobs.length === 1 ? "" : "s"}`,
      );
    }
    return `${parts.join(", ")}, ${Math.round(milliseconds / 1000)} s`;
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
