/** Looks up information for an error: the existing tags, or the place of refused credentials. */

import type { Hint } from "../../base/hint.ts";
import { credentialPlace } from "../../host/credentials/auth_files.ts";
import type { TagsInTimeOptions } from "../completion/tags_in_time.ts";
import { tagsInTime } from "../completion/tags_in_time.ts";
import { hintOf } from "./advise.ts";
import { describeNearTags } from "./describe_tags.ts";

/** Milliseconds that a look-up may take. */
const TIME = 1_000;

/** Result of {@linkcode lookUp}. */
export interface LookedUp {
  /** Text for the end of the message. */
  readonly ending?: string;
  /** Text for the start of the line below. */
  readonly place?: string;
}

/** Looks up information for an error. A look-up that fails, or takes more than a second, is left out. */
export async function lookUp(
  error: unknown,
  options: Pick<TagsInTimeOptions, "given" | "io">,
): Promise<LookedUp> {
  const hint = hintOf(error);
  if (hint?.kind === "find-tag") {
    const tags = await tagsInTime(hint.name, { ...options, time: TIME }).catch(() => []);
    return { ending: describeNearTags(hint.tag, tags) };
  }
  if (hint?.kind === "refused-credential") return await findPlace(hint, options);
  return {};
}

async function findPlace(
  { registry }: Hint & { readonly kind: "refused-credential" },
  { io }: Pick<TagsInTimeOptions, "io">,
): Promise<LookedUp> {
  const signal = AbortSignal.timeout(TIME);
  const place = await credentialPlace(registry, { env: io.env, signal }).catch(() => undefined);
  return place === undefined ? {} : { place: `the credentials come from "${place}"; ` };
}
