/** Turns an owner, which may be given by names, into numbers. */

import { printableJson } from "../../base/printable.ts";
import type { BaseQuestions } from "../base/base_questions.ts";
import { LayerError } from "../layer_error.ts";
import { hasNames, type Owner, parseOwnerNames } from "./owner.ts";

/**
 * Checks the form of an owner, before anything is read.
 *
 * @throws {SyntaxError} if it is malformed.
 */
export function checkOwner(owner: Owner | string | undefined): void {
  if (typeof owner === "string") parseOwnerNames(owner);
}

/**
 * Looks an owner's names up in the base.
 *
 * @param base Absent if it is not to be read.
 * @throws {LayerError} if the base does not have it, or cannot be asked.
 */
export async function resolveOwner(
  owner: Owner | string | undefined,
  base: BaseQuestions | undefined,
): Promise<Owner | undefined> {
  if (typeof owner !== "string") return owner;
  const parsed = parseOwnerNames(owner);
  if (!hasNames(parsed)) return parsed;
  const found = await base?.ownerOf?.(owner);
  if (found !== undefined) return found;
  throw new LayerError(
    `Cannot use the owner ${
      printableJson(JSON.stringify(owner))
    }: names are looked up in the base, which is not to be read; write numbers, as in "1000:0"`,
    { hint: { kind: "read-base" } },
  );
}
