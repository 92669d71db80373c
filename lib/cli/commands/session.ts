/** One run of a command: its output, and the signal that stops it. */

import type { Hint } from "../../base/hint.ts";
import type { Progress } from "../../image/access/transfer_progress.ts";
import type { ImagesProgress } from "../output/progress_counts.ts";
import type { Io } from "../io.ts";

/** How much is printed on standard error. */
export type Verbosity = "quiet" | "normal" | "verbose";

/** The surroundings of one run. */
export interface Session {
  readonly io: Io;
  /** Ends the command. */
  readonly signal: AbortSignal;
  readonly verbosity: Verbosity;
  /** Writes to standard output, which is for results alone. */
  out(text: string): Promise<void>;
  /** Writes a warning and its hint to standard error, except with `--quiet`. */
  readonly warn: (message: string, hint?: Hint) => void;
  /** Writes a message to standard error, except with `--quiet`. */
  note(message: string): void;
  /** Shows progress; undefined if none is to be shown. */
  readonly showProgress: ((progress: Progress | ImagesProgress) => void) | undefined;
}
