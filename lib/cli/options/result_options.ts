/** Options for results and their output. */

import type { ChangeOptions } from "../../image/verbs/change_options.ts";
import { isTag } from "../../oci/reference.ts";
import { WARNING_CODES } from "../../storage/warning.ts";
import { flag, type OptionGroup, optionGroup, repeated, single } from "./option.ts";
import { parseChoice, parseText } from "./values.ts";

/** `--tag`, `--dry-run`, `--strict` and `--allow`. */
export const RESULT_OPTIONS: OptionGroup<
  [],
  Pick<ChangeOptions, "tags" | "dryRun" | "strict" | "allow">
> = optionGroup(
  "Result",
  {
    tag: repeated({ value: "TAG", about: "write a further tag for the result", parse: parseTag }),
    dryRun: flag({ about: "push nothing; report what would be sent" }),
    strict: flag({ about: "fail on a warning, before a manifest is written" }),
    allow: repeated({
      value: "CODE",
      about: "let the warning of this code pass (docs/warnings.md)",
      parse: parseChoice(...WARNING_CODES),
    }),
  },
  ({ tag, dryRun, strict, allow, ...unread }) => ({
    result: { tags: tag, dryRun, strict, allow },
    unread,
  }),
);

/** `--dry-run`, of commands that send no image. */
export const DRY_RUN_OPTIONS: OptionGroup<[], Pick<ChangeOptions, "dryRun">> = optionGroup(
  "Result",
  { dryRun: flag({ about: "change nothing; report what would be done" }) },
  ({ dryRun, ...unread }) => ({ result: { dryRun }, unread }),
);

/** How a result is printed. */
export interface OutputOptions {
  readonly json: boolean;
  /** Path of a file to write the digest to. */
  readonly digestFile: string | undefined;
}

/** `--json` and `--digest-file`, of commands that make an image. */
export const OUTPUT_OPTIONS: OptionGroup<[], OutputOptions> = optionGroup(
  "Output",
  {
    json: flag({ about: "print the result as a JSON object" }),
    digestFile: single({
      value: "FILE",
      about: "write the result's digest to a file",
      parse: parseText,
    }),
  },
  ({ json, digestFile, ...unread }) => ({ result: { json, digestFile }, unread }),
);

/** `--json`, of commands that change nothing. */
export const JSON_OPTIONS: OptionGroup<[], boolean> = optionGroup(
  "Output",
  { json: flag({ about: "print JSON" }) },
  ({ json, ...unread }) => ({ result: json, unread }),
);

function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new SyntaxError(
    `expected up to 128 letters, digits, ".", "_" and "-", and no name before them, got ${
      JSON.stringify(text)
    }`,
  );
}
