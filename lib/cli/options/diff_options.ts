/** `--diff`, of `inspect`. */

import { parseOperand } from "../commands/parse_operands.ts";
import { type OptionGroup, optionGroup, single } from "./option.ts";

/** The image to compare with. */
export const DIFF_OPTIONS: OptionGroup<[], string | undefined> = optionGroup(
  "Images",
  {
    diff: single({
      value: "IMAGE",
      about: "show what differs in this one: settings, layers and platforms",
      parse: (text) => parseOperand(text, "inspect IMAGE"),
    }),
  },
  ({ diff, ...unread }) => ({ result: diff, unread }),
);
