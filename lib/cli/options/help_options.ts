/** Options that every command has, and that are answered before it is run. */

import { flag, type OptionGroup, optionGroup } from "./option.ts";

/** Whether to print the help or the version instead of running the command. */
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
