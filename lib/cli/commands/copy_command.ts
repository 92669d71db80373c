/** `appendlayer copy`. */

import type { CopyOptions } from "../../image/verbs/copy.ts";
import { PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { flag, type OptionGroup, optionGroup } from "../options/option.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { writeResult } from "../output/write_result.ts";
import { type Command, command } from "./command.ts";
import { parseOperands, registriesOf } from "./parse_operands.ts";

const REFERRERS_OPTIONS: OptionGroup<[], Pick<CopyOptions, "referrers">> = optionGroup(
  "Image",
  {
    referrers: flag({
      about: "copy signatures, attestations, SBOMs and what else refers to the images, too",
    }),
  },
  ({ referrers, ...unread }) => ({ result: { referrers }, unread }),
);

/** Copies an image. */
export const COPY: Command = command({
  name: "copy",
  about: "copy an image as it is, with every platform",
  usage: ["copy SOURCE TARGET [OPTIONS]"],
  detail:
    "Within a registry blobs are mounted; between registries those that are missing are streamed across.",
  examples: ["appendlayer copy docker.io/library/nginx:1 ghcr.io/acme/nginx:1"],
  operands: [2],
  movesBlobs: true,
  groups: {
    platforms: PLATFORM_OPTIONS,
    referrers: REFERRERS_OPTIONS,
    result: RESULT_OPTIONS,
    output: OUTPUT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async (
    { operands, platforms, referrers, result, output, connection, ...unread },
    session,
  ) => {
    const { base, target } = parseOperands(operands);
    const options = {
      ...await connection({ session, registries: registriesOf(base, target) }),
      ...platforms(),
      ...referrers(),
      ...result(),
    };
    const { copyImage } = await import("../../image/verbs/copy.ts");
    await writeResult(await copyImage(base, target, options), output(), session);
    return unread;
  },
});
