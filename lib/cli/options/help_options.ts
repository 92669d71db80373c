/** Options of every command that are answered instead of running it. */

import { flag, type OptionGroup, optionGroup } from "./option.ts";

/** Whether to print the help or the version. */
export interface HelpOptions {
  readonly help: boolean;
  readonly version: boolean;
}

/** `--help` and `--version`, of every command. */
export const HELP_OPTIONS: OptionGroup<[], HelpOptions> = optionGroup(
  "Other",
  {
    help: flag({ short: "h", about: "print this help" }),
    version: flag({ about: "print the version" }),
  },
  ({ help, version, ...unread }) => ({ result: { help, version }, unread }),
);
