/** `appendlayer rebase`. */

import type { RebaseOptions } from "../../image/verbs/rebase.ts";
import { ABOUT_OPTIONS, PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { type OptionGroup, optionGroup, single } from "../options/option.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { writeResult } from "../output/write_result.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { parseOperand, parseOperands, registriesOf } from "./parse_operands.ts";

const BASE_OPTIONS: OptionGroup<[], Pick<RebaseOptions, "onto" | "from">> = optionGroup(
  "Bases",
  {
    onto: single({
      value: "BASE",
      about: "put the layers onto this new base",
      parse: (text) => parseOperand(text, "rebase BASE"),
    }),
    from: single({
      value: "OLD-BASE",
      about: "take OLD-BASE as the old base (default: the one that the image names)",
      parse: (text) => parseOperand(text, "rebase OLD-BASE"),
    }),
  },
  ({ onto, from, ...unread }) => {
    if (onto === undefined) throw new UsageError("Cannot rebase: --onto BASE is missing");
    return { result: { onto, from }, unread };
  },
);

/** Rebases an image onto another base. */
export const REBASE: Command = command({
  name: "rebase",
  about: "put an image's own layers onto another base",
  usage: ["rebase IMAGE TARGET --onto BASE [--from OLD-BASE] [OPTIONS]"],
  detail:
    "Makes TARGET of BASE and what IMAGE adds to its old base: its layers, which are not downloaded, and its settings. A setting that " +
    "is the old base's becomes the new base's; what IMAGE has set stays.",
  examples: ["appendlayer rebase acme/app:7 acme/app:7 --onto nginx:1.28"],
  operands: [2],
  movesBlobs: true,
  groups: {
    bases: BASE_OPTIONS,
    platforms: PLATFORM_OPTIONS,
    about: ABOUT_OPTIONS,
    result: RESULT_OPTIONS,
    output: OUTPUT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async (
    { operands, bases, platforms, about, result, output, connection, ...unread },
    session,
  ) => {
    const { base: image, target } = parseOperands(operands, ["rebase IMAGE", "rebase TARGET"]);
    const { onto, from } = bases();
    const registries = registriesOf(image, onto, ...from === undefined ? [] : [from], target);
    const options = {
      ...await connection({ session, registries }),
      onto,
      from,
      ...platforms(),
      ...about(session.io),
      ...result(),
    };
    const { rebaseImage } = await import("../../image/verbs/rebase.ts");
    await writeResult(await rebaseImage(image, target, options), output(), session);
    return unread;
  },
});
