/** Why a layer cannot go on as it is, while it is being read. */

import { show } from "./refuse_entry.ts";
import { describeRepair, type Repair } from "./repair.ts";

/** Nothing helps: the archive is refused. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Why a layer has failed that can be read once more, in another way. */
export abstract class Setback extends Error {}

/** A path occurs twice, and which of them holds is known only to who has read the whole archive before. */
export class RepeatedPath extends Setback {
  override readonly name = "RepeatedPath";
  readonly path: string;

  constructor(path: string) {
    super(`the entry ${show(path)} is in it more than once, which Docker and Podman refuse`);
    this.path = path;
  }
}

/** A directory got an entry before what is in it, and has one of its own later on, which only who has read the whole archive knows. */
export class LateDirectory extends Setback {
  override readonly name = "LateDirectory";

  constructor() {
    super("a directory comes after entries that are in it");
  }
}

/** An entry has to be repaired, where the bytes of the archive are to go out as they came. */
export class NeedsRepair extends Setback {
  override readonly name = "NeedsRepair";
  readonly repair: Repair;

  constructor(repair: Repair) {
    super("an entry has to be repaired");
    this.repair = repair;
  }
}

/** What a message says where compressed input is not to be changed. */
const KEPT =
  ", and compressed input is to be kept as it came: let it be compressed again, or repair it";

/** What a message says of a path that occurs more than once in what can be read only once. */
const ONCE =
  "; which of them holds is seen only where it can be read twice: give it as a file, or leave one of them out";

/** What a message says where too much of compressed input has gone out to begin anew. */
const PASSED =
  "; to repair it, it has to be read twice: give it as a file, or decompress it before";

/** How a layer is read. */
export interface Reading {
  /** Whether the bytes go out as they came, since the caller has said so. */
  readonly mustKeep: boolean;
  /** Whether so much of compressed input went by that it cannot be read from its start again. */
  readonly isPassed: boolean;
  /** Whether the input can be read only once. */
  readonly isOnce: boolean;
  /** Whether the paths that occur more than once were looked for before. */
  readonly isSecond: boolean;
}

/** Why nothing can be repaired, and what to do; undefined where the layer can be read once more for it. */
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
