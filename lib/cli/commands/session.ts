/** One run of a command: where its words go, and what ends it. */

import type { Hint } from "../../base/hint.ts";
import type { Progress } from "../../image/access/access.ts";
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
  /** Tells what the user should know, on standard error, and what can be done about it; not with `--quiet`. */
  readonly warn: (message: string, hint?: Hint) => void;
  /** Tells more of what is done, on standard error; not with `--quiet`. */
  note(message: string): void;
  /** Shows what moves, where that is wanted. */
  readonly showProgress: ((progress: Progress) => void) | undefined;
}
