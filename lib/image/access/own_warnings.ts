/** Separates the warnings of the images of a batch. */

import type { Warning } from "../../storage/warning.ts";
import type { Access, AccessOptions } from "./access.ts";
import { Warnings } from "./strict.ts";

/** The most distinct warnings that are remembered, so that each is reported once. */
const MOST_TOLD = 1_000;

/**
 * Makes an access for each image of a batch. An image fails by its own warnings, and by those of what it shares with the others. Each
 * warning is reported once, since similar images have the same ones.
 */
export function createOwnWarnings(
  access: Access,
  { strict, allow, onWarning }: Pick<AccessOptions, "strict" | "allow" | "onWarning">,
): () => Access {
  const told = new Set<string>();
  function tell(message: string, detail: Warning): void {
    if (told.has(message)) return;
    if (told.size < MOST_TOLD) told.add(message);
    onWarning?.(message, detail);
  }
  return () => {
    const own = new Warnings({ strict, allow, onWarning: tell });
    return {
      ...access,
      get warnings(): readonly Warning[] {
        return own.all;
      },
      warn: own.add,
      requireAllowed(): void {
        own.requireAllowed();
        access.requireAllowed();
      },
    };
  };
}
