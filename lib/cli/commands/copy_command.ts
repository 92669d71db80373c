/** `appendlayer copy`. */

import type { CopyOptions } from "../../image/verbs/copy.ts";
import { parseLocation } from "../../storage/location.ts";
import { PLATFORM_OPTIONS } from "../options/config_options.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { flag, type OptionGroup, optionGroup } from "../options/option.ts";
import { OUTPUT_OPTIONS, RESULT_OPTIONS } from "../options/result_options.ts";
import { writeResult, writeResults } from "../output/write_result.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { parseOperands, registriesOf } from "./parse_operands.ts";

interface CopyFlags extends Pick<CopyOptions, "referrers" | "noClobber"> {
  readonly allTags: boolean;
}

const COPY_OPTIONS: OptionGroup<[], CopyFlags> = optionGroup(
  "Image",
  {
    referrers: flag({
      about: "copy signatures, attestations, SBOMs and what else refers to the images, too",
    }),
    allTags: flag({ about: "copy every tag of SOURCE, which names none itself" }),
    noClobber: flag({ about: "leave a tag of TARGET alone that stands for another image" }),
  },
  ({ referrers, allTags, noClobber, ...unread }) => ({
    result: { referrers, allTags, noClobber },
    unread,
  }),
);

/** Copies an image. */
export const COPY: Command = command({
  name: "copy",
  about: "copy an image as it is, with every platform",
  usage: ["copy SOURCE TARGET [OPTIONS]"],
  detail:
    "Within a registry blobs are mounted; between registries those that are missing are streamed across.",
  examples: [
    "appendlayer copy docker.io/library/nginx:1 ghcr.io/acme/nginx:1",
    "appendlayer copy ghcr.io/acme/app oci:backup --all-tags",
  ],
  operands: [2],
  movesBlobs: true,
  groups: {
    platforms: PLATFORM_OPTIONS,
    copying: COPY_OPTIONS,
    result: RESULT_OPTIONS,
    output: OUTPUT_OPTIONS,
    connection: CONNECTION_OPTIONS,
  },
  run: async ({ operands, platforms, copying, result, output, connection, ...unread }, session) => {
    const { allTags, ...flags } = copying();
    const verb = allTags ? "copy with all tags" : flags.referrers ? "copy with referrers" : "copy";
    const { base, target } = parseOperands(operands, [`${verb} SOURCE`, `${verb} TARGET`]);
    const { tags, ...results } = result();
    if (allTags) requireNoTags(operands, tags ?? []);
    const options = {
      ...await connection({ session, registries: registriesOf(base, target) }),
      ...platforms(),
      ...flags,
      ...results,
    };
    if (allTags) {
      const { copyTags } = await import("../../image/verbs/copy_tags.ts");
      await writeResults(await copyTags(base, target, options), output(), session);
    } else {
      const { copyImage } = await import("../../image/verbs/copy.ts");
      await writeResult(await copyImage(base, target, { ...options, tags }), output(), session);
    }
    return unread;
  },
});

function requireNoTags(operands: readonly string[], tags: readonly string[]): void {
  if (tags.length > 0) throw new UsageError("Cannot use --tag with --all-tags: each tag stays");
  const named = operands.find(namesTag);
  if (named === undefined) return;
  throw new UsageError(`Cannot copy all tags with "${named}": it names one; name a repository`);
}

/** Whether a text names a tag or digest. A parsed reference always does. */
function namesTag(text: string): boolean {
  const location = parseLocation(text);
  if (location.kind === "layout" || location.kind === "oci-archive") {
    return (location.tag ?? location.digest) !== undefined;
  }
  return /[:@]/.test(text.slice(text.lastIndexOf("/") + 1));
}
