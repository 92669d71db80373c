/** Errors of an archive that stop its packing, for good or until it is read in another way. */

import { show } from "./refuse_entry.ts";
import { describeRepair, type Repair } from "./repair.ts";

/** The archive is refused for good. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The layer may be packed after all if its input is read again. */
export abstract class Setback extends Error {}

/** A path occurs twice, and which entry is the last one is known only once the whole archive was read. */
export class RepeatedPath extends Setback {
  override readonly name = "RepeatedPath";
  readonly path: string;

  constructor(path: string) {
    super(`the entry ${show(path)} is in it more than once, which Docker and Podman refuse`);
    this.path = path;
  }
}

/** A directory got an entry before its contents, and then its own one came, which is known only once the whole archive was read. */
export class LateDirectory extends Setback {
  override readonly name = "LateDirectory";

  constructor() {
    super("a directory comes after entries that are in it");
  }
}

/** An entry has to be repaired, but the archive was to be kept byte for byte. */
export class NeedsRepair extends Setback {
  override readonly name = "NeedsRepair";
  readonly repair: Repair;

  constructor(repair: Repair) {
    super("an entry has to be repaired");
    this.repair = repair;
  }
}

/** End of a message: compressed input must be kept. */
const KEPT =
  ", and compressed input is to be kept as it came: let it be compressed again, or repair it";

/** End of a message: a path occurs more than once in input that can be read only once. */
const ONCE =
  "; which of them holds is seen only where it can be read twice: give it as a file, or leave one of them out";

/** End of a message: too much of compressed input was read to begin again. */
const PASSED =
  "; to repair it, it has to be read twice: give it as a file, or decompress it before";

/** How the layer is being read. */
export interface Reading {
  /** Whether the caller demands that compressed input is kept. */
  readonly mustKeep: boolean;
  /** Whether too much of compressed input was read to begin again. */
  readonly isPassed: boolean;
  /** Whether the input can be read only once. */
  readonly isOnce: boolean;
  /** Whether the whole archive was read before. */
  readonly isSecond: boolean;
}

/** Why the layer cannot be repaired, and what to do; undefined if it can by reading it again. */
export function refuseSetback(
  setback: Setback,
  { mustKeep, isPassed, isOnce, isSecond }: Reading,
): string | undefined {
  if (setback instanceof LateDirectory) return undefined;
  if (setback instanceof NeedsRepair) {
    const reason = describeRepair(setback.repair);
    return mustKeep ? reason + KEPT : isPassed ? reason + PASSED : undefined;
  }
  const { message } = setback;
  if (mustKeep) return message + KEPT;
  if (isOnce) return message + ONCE;
  return isSecond ? `${message}: leave one of them out` : undefined;
}
