/** Warnings of each image of many. */

import type { Warning } from "../../storage/warning.ts";
import type { Access, AccessOptions } from "./access.ts";
import { Warnings } from "./strict.ts";

/** Distinct warnings that are remembered as told. */
const MOST_TOLD = 1_000;

/**
 * Makes the accesses of single images of that of all of them. An image fails by its own warnings, and by those of what it shares with
 * the others; each warning is told once, since images of one kind have the same ones.
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
