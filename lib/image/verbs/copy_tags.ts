/** Copies all tags of a repository. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { createLimiter } from "../../base/limiter.ts";
import { runTasks } from "../../base/task_group.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { parseLocation, withTag } from "../../storage/location.ts";
import { withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { copyOptionNames, type CopyOptions, copyTo, TagTakenError } from "./copy.ts";
import type { ImageResult } from "./image_result.ts";
import { openSourceAndTarget } from "./open_source_and_target.ts";
import { parseTarget } from "./target.ts";

/** Options of {@linkcode copyTags}. */
export interface CopyTagsOptions extends Omit<CopyOptions, "tags"> {}

const optionNames = (): OptionNames<CopyTagsOptions> => {
  const { tags: _tags, ...options } = copyOptionNames();
  return options;
};

/** Implements `copyTags` of the main entry, with the host in the options. */
export async function copyTags(
  source: string,
  target: string,
  options: CopyTagsOptions = {},
): Promise<readonly ImageResult[]> {
  checkOptions(options, optionNames(), "copyTags()");
  const from = parseLocation(source);
  const to = parseTarget(target);
  requireLocation("copy with all tags SOURCE", from);
  requireLocation("copy with all tags TARGET", to.location);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  return await withAccess(options, (access) =>
    runTasks(options.signal, async (group) => {
      const { dryRun, onProgress } = options;
      const opening = { access, group, platforms, dryRun, onProgress };
      // One context for all tags: contents that they share are copied once.
      const context = await openSourceAndTarget(from, to, opening);
      const limit = createLimiter(access.concurrency);
      const copies: Promise<ImageResult | undefined>[] = [];
      const copy = async (tag: string): Promise<ImageResult | undefined> => {
        // The documents of earlier images are no longer held.
        access.documents.reset();
        try {
          const task = { reference: tag, platforms, options, access, context };
          return await copyTo({ location: withTag(to.location, tag), tags: [tag] }, task);
        } catch (error) {
          if (!(error instanceof TagTakenError)) throw error;
          access.warn({
            code: "tag-kept",
            message: error.message.replace(/^Cannot copy to the/, "Left alone: the"),
          });
          return undefined;
        }
      };
      for await (const tag of context.source.tags({ signal: group.signal })) {
        copies.push(group.start(() => limit(() => copy(tag))));
      }
      return (await Promise.all(copies)).filter((result) => result !== undefined);
    }));
}
