/** Checks whether an image is still based on the base that it names. */

import type { TaskGroup } from "../../base/task_group.ts";
import type { BasePair } from "../../oci/base_pair.ts";
import { configPlatform, type ImageConfig } from "../../oci/config.ts";
import { isBasedOn } from "../../oci/rebase_config.ts";
import { formatReference } from "../../oci/reference.ts";
import { type Location, parseLocation } from "../../storage/location.ts";
import type { Access } from "../access/access.ts";
import { readImageFor } from "./image_for.ts";

/**
 * Makes the check of a run, which reads the base by its digest for the platform of the image. A base without a repository, or that cannot
 * be read, does not pass.
 */
export function createBaseCheck(
  access: Access,
  group: TaskGroup,
): (pair: BasePair, image: ImageConfig) => Promise<boolean> {
  return async ({ name, digest }, image) => {
    if (name === undefined) return false;
    try {
      const location = parseLocation(name);
      if (location.kind !== "registry") return false;
      const source = access.open(location, "pull");
      const { signal } = group;
      const base = await readImageFor(configPlatform(image), digest, { source, signal });
      return base !== undefined && isBasedOn(image, base.config);
    } catch (error) {
      group.signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      access.warn({
        code: "base-unread",
        message: `the base ${
          JSON.stringify(name)
        } of the image cannot be read, so the image no longer names it: ${reason}`,
      });
      return false;
    }
  };
}

/** The name of a base in the pair that names it; undefined for a base on this machine, which others cannot find. */
export function basePairName(from: Location): string | undefined {
  if (from.kind !== "registry") return undefined;
  const { digest: _digest, ...named } = from.reference;
  return formatReference(named.tag === undefined ? from.reference : named);
}
