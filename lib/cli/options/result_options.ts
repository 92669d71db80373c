/** Where a result goes, and how it is printed. */

import type { ChangeOptions } from "../../image/verbs/change_image.ts";
import { isTag } from "../../oci/reference.ts";
import { flag, type OptionGroup, optionGroup, repeated, single } from "./option.ts";
import { parseText } from "./values.ts";

/** `--tag` and `--dry-run`. */
export const RESULT_OPTIONS: OptionGroup<[], Pick<ChangeOptions, "tags" | "dryRun">> = optionGroup(
  "Result",
  {
    tag: repeated({ value: "TAG", about: "a further tag for the result", parse: parseTag }),
    dryRun: flag({ about: "read, pack and plan, push nothing; report what would be sent" }),
  },
  ({ tag, dryRun, ...unread }) => ({ result: { tags: tag, dryRun }, unread }),
);

/** How the result of a command that makes an image is written. */
export interface OutputOptions {
  readonly json: boolean;
  /** Path of a file that the digest is written to. */
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
  { json: flag({ about: "print it as JSON" }) },
  ({ json, ...unread }) => ({ result: json, unread }),
);

function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new SyntaxError(
    `expected up to 128 letters, digits, ".", "_" and "-", got ${JSON.stringify(text)}`,
  );
}
