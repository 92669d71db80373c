/** One run of a command: its output and what stops it. */

import type { Hint } from "../../base/hint.ts";
import type { Progress } from "../../image/access/transfer_progress.ts";
import type { ImagesProgress } from "../output/progress_counts.ts";
import type { Io } from "../io.ts";

/** How much is told on standard error. */
export type Verbosity = "quiet" | "normal" | "verbose";

/** What a command works with. */
export interface Session {
  readonly io: Io;
  /** Ends the command. */
  readonly signal: AbortSignal;
  readonly verbosity: Verbosity;
  /** Writes to standard output, which is for results alone. */
  out(text: string): Promise<void>;
  /** Writes a warning, and what can be done about it, to standard error; not with `--quiet`. */
  readonly warn: (message: string, hint?: Hint) => void;
  /** Writes a message about the work to standard error; not with `--quiet`. */
  note(message: string): void;
  /** Shows progress; undefined where that is not wanted. */
  readonly showProgress: ((progress: Progress | ImagesProgress) => void) | undefined;
}
