/** Shows progress on standard error: redrawn lines on a terminal, occasional lines in a log. */

import type { ByteStream } from "../../base/bytes.ts";
import type { Progress } from "../../image/access/transfer_progress.ts";
import type { Io } from "../io.ts";
import { type ImagesProgress, ProgressCounts } from "./progress_counts.ts";

/** How progress is shown. */
export type ProgressKind = "auto" | "plain" | "none";

/** Shows progress until it is closed. */
export interface ProgressDisplay {
  readonly show: (progress: Progress | ImagesProgress) => void;
  /** Erases the redrawn lines, so that something else can be written. */
  clear(): void;
  /** Erases the redrawn lines, and shows nothing any more. */
  close(): void;
}

/** Milliseconds between two updates, of redrawn lines and of lines in a log. */
const REDRAW = 100;
const REPEAT = 5_000;
/** Milliseconds between two updates of the clock, if nothing else changes. */
const TICK = 250;
const LOG_TICK = 1_000;

/** Makes a display. With "auto" a terminal gets redrawn lines, and a log plain lines. */
export function createProgress(
  kind: ProgressKind,
  io: Pick<Io, "env" | "terminal" | "columns" | "err" | "now" | "every">,
): ProgressDisplay | undefined {
  if (kind === "none") return undefined;
  const redrawn = kind === "auto" && io.terminal.error;
  const counts = new ProgressCounts(io.now());
  const out = redrawn ? new RedrawnLines(io) : new LogLines(io, kind === "auto");
  let drawnAt = io.now();
  let isClosed = false;
  const draw = (now: number): void => {
    drawnAt = now;
    out.draw(counts, now);
  };
  const stop = io.every(redrawn ? TICK : LOG_TICK, () => {
    const now = io.now();
    const interval = redrawn ? TICK : REPEAT;
    // In a log, an update is also written after a while of silence.
    if (now - drawnAt < interval || !redrawn && counts.silence(now) < REPEAT) return;
    if (counts.hasNews(now)) draw(now);
  });
  function show(progress: Progress | ImagesProgress): void {
    if (isClosed) return;
    const now = io.now();
    counts.add(progress, now);
    if (progress.kind === "wait" || now - drawnAt < (redrawn ? REDRAW : REPEAT)) return;
    draw(now);
  }
  return {
    show,
    clear: () => out.clear(),
    close(): void {
      isClosed = true;
      stop();
      out.clear();
    },
  };
}

/** Redrawn lines at the bottom of a terminal. Each update is one write that overwrites the old lines without erasing them, so nothing flickers. */
class RedrawnLines {
  readonly #io: Pick<Io, "columns" | "err">;
  #drawn: readonly string[] = [];

  constructor(io: Pick<Io, "columns" | "err">) {
    this.#io = io;
  }

  draw(counts: ProgressCounts, now: number): void {
    const lines = counts.lines(now, Math.max(10, this.#io.columns - 1));
    if (lines.join("\n") === this.#drawn.join("\n")) return;
    const rest = lines.length < this.#drawn.length ? "\x1b[J" : "";
    this.#io.err(`${this.#home()}${lines.join("\x1b[K\n")}\x1b[K${rest}`);
    this.#drawn = lines;
  }

  clear(): void {
    if (this.#drawn.length === 0) return;
    this.#io.err(`${this.#home()}${this.#drawn.length > 1 ? "\x1b[J" : "\x1b[K"}`);
    this.#drawn = [];
  }

  /** Moves to the first line, even if the terminal has become narrower and has wrapped the lines. */
  #home(): string {
    const { columns } = this.#io;
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)),
      0,
    );
    return rows > 1 ? `\r\x1b[${rows - 1}A` : "\r";
  }
}

/** Lines of a log, which GitHub folds between two markers. */
class LogLines {
  readonly #io: Pick<Io, "err">;
  readonly #groups: boolean;
  #isOpen = false;

  constructor(io: Pick<Io, "env" | "err">, mayGroup: boolean) {
    this.#io = io;
    this.#groups = mayGroup && io.env["GITHUB_ACTIONS"] === "true";
  }

  draw(counts: ProgressCounts, now: number): void {
    const group = this.#groups && !this.#isOpen ? "::group::appendlayer: progress\n" : "";
    this.#isOpen = true;
    this.#io.err(`${group}appendlayer: ${counts.summary(now)}\n`);
  }

  clear(): void {
    if (this.#groups && this.#isOpen) this.#io.err("::endgroup::\n");
    this.#isOpen = false;
  }
}

/** Passes standard input on, and reports when it is waited for. */
export async function* watchInput(
  source: ByteStream,
  show: ProgressDisplay["show"],
): ByteStream {
  const wait = (requests: number): void => show({ kind: "wait", host: "standard input", requests });
  try {
    wait(1);
    for await (const chunk of source) {
      wait(0);
      yield chunk;
      wait(1);
    }
  } finally {
    wait(0);
  }
}
