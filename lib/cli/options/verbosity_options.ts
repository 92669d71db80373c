/** Options for the output on standard error. */

import type { Verbosity } from "../commands/session.ts";
import type { ProgressKind } from "../output/progress.ts";
import { UsageError } from "../usage_error.ts";
import { flag, type OptionGroup, optionGroup, single } from "./option.ts";
import { parseChoice } from "./values.ts";

/** `--quiet` and `--verbose`, of every command. */
export const VERBOSITY_OPTIONS: OptionGroup<[], Verbosity> = optionGroup(
  "Output",
  {
    quiet: flag({ short: "q", about: "print nothing but the result and errors" }),
    verbose: flag({ short: "v", about: "print more, also about errors" }),
  },
  ({ quiet, verbose, ...unread }) => {
    if (quiet && verbose) throw new UsageError("Cannot use --quiet with --verbose");
    return { result: quiet ? "quiet" : verbose ? "verbose" : "normal", unread };
  },
);

/** `--progress`, of commands that move blobs. */
export const PROGRESS_OPTIONS: OptionGroup<[], ProgressKind> = optionGroup(
  "Output",
  {
    progress: single({
      value: "KIND",
      about: "show progress: auto, plain (lines, for logs) or none (default: auto)",
      parse: parseChoice("auto", "plain", "none"),
    }),
  },
  ({ progress = "auto", ...unread }) => ({ result: progress, unread }),
);
