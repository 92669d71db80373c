/** Options for the history entries of new images. */

import type { ChangeOptions } from "../../image/verbs/change_options.ts";
import { type OptionGroup, optionGroup, single } from "./option.ts";
import { parseText } from "./values.ts";

/** The new history entries. */
export const HISTORY_OPTIONS: OptionGroup<[], Pick<ChangeOptions, "comment" | "createdBy">> =
  optionGroup(
    "Image",
    {
      comment: single({
        value: "TEXT",
        about: "add a comment to the history entry",
        parse: parseText,
      }),
      history: single({
        value: "TEXT",
        about: "say in the history what was done (default: as in ADD dist /srv)",
        parse: parseText,
      }),
    },
    ({ comment, history, ...unread }) => ({ result: { comment, createdBy: history }, unread }),
  );
