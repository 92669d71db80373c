/** The targets of verbs: a location and its tags. */

import {
  formatLocation,
  type Location,
  locationNames,
  parseLocation,
} from "../../storage/location.ts";
import { isTag } from "../../oci/reference.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { putDocument } from "../transfer/put_document.ts";

/** A location with the tags of a result. */
export interface Target {
  readonly location: Exclude<Location, { kind: "scratch" }>;
  /** Tags: the target's own first, each once; the empty one stands for no name. */
  readonly tags: readonly [own: string, ...further: string[]];
}

/**
 * Parses a target and further tags for it. Its own tag is `latest` if it names none.
 *
 * @throws {SyntaxError} if the target cannot be parsed or written to, or a tag is invalid.
 */
export function parseTarget(text: string, tags: readonly string[] = []): Target {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot use "${text}" as a target: ${reason}`);
  const location = parseLocation(text);
  if (location.kind === "scratch") throw refuse("it is the empty image, and only a base");
  const isNameless = location.kind === "docker-archive" && location.reference === undefined;
  const { digest, tag = isNameless ? "" : "latest" } = locationNames(location);
  if (isNameless && tags.length > 0) {
    throw refuse("the archive has no name that further tags could be of");
  }
  if (digest !== undefined) throw refuse("a digest cannot be chosen, only a tag");
  const further = tags.map(requireTag).filter((other, index, all) =>
    other !== tag && all.indexOf(other) === index
  );
  return { location, tags: [tag, ...further] };
}

/** Formats a target in full. */
export function formatTarget({ location, tags: [tag] }: Target): string {
  return formatLocation(
    location.kind === "layout" || location.kind === "oci-archive" ? { ...location, tag } : location,
  );
}

/**
 * Tags a document. The target's own tag is written last, when everything else is in the target.
 *
 * @returns the digest or identifier of the image in the target.
 */
export async function putTags(
  { tags }: { readonly tags: readonly string[] },
  document: Document,
  context: CopyContext,
): Promise<Digest> {
  for (const tag of [...tags].reverse()) await putDocument(tag, document, context);
  const { target, group: { signal } } = context;
  return await target.commit?.({ signal }) ?? document.digest;
}

/**
 * Checks a tag.
 *
 * @throws {SyntaxError} if it is not valid.
 */
export function requireTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new SyntaxError(
    `Cannot use ${
      JSON.stringify(tag)
    } as a tag: expected up to 128 letters, digits, ".", "_" and "-"`,
  );
}
