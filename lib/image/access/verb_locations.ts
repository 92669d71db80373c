/** The kinds of locations that each verb takes, as `docs/locations.md` lists them. */

import { formatLocation, type Location } from "../../storage/location.ts";

/** The kinds of locations, in the words of the documentation. */
const PLACES: Readonly<Record<Location["kind"], string>> = {
  registry: "an image in a registry",
  layout: "oci:DIR",
  "oci-archive": "oci-archive:FILE",
  "docker-archive": "docker-archive:FILE",
  "docker-daemon": "docker-daemon:NAME",
  scratch: "scratch",
};

/** An operand of a verb. */
export type VerbOperand =
  | `${"append" | "edit" | "batch"} ${"BASE" | "TARGET"}`
  | `append ${"LAYERS" | "OLD-BASE"}`
  | `${"copy" | "copy with referrers" | "copy with all tags"} ${"SOURCE" | "TARGET"}`
  | "inspect IMAGE"
  | "digest REFERENCE"
  | `rebase ${"IMAGE" | "TARGET" | "BASE" | "OLD-BASE"}`
  | "index TARGET"
  | "index IMAGE"
  | "export IMAGE"
  | "tags REPOSITORY"
  | "tag IMAGE"
  | "delete REFERENCE";

type Kinds = readonly Location["kind"][];

/** Locations that hold indexes and referrers. */
const WITH_INDEXES: Kinds = ["registry", "layout", "oci-archive"];
/** Locations where a tag can be written by itself. */
const WITH_TAGS: Kinds = ["registry", "layout"];
const WITH_TAGS_AND_SCRATCH: Kinds = ["registry", "layout", "scratch"];
/** Literals without spreads, which bundlers can drop if they are not used. */
const ALL: Kinds = ["registry", "layout", "oci-archive", "docker-archive", "docker-daemon"];
const ALL_AND_SCRATCH: Kinds = [
  "registry",
  "layout",
  "oci-archive",
  "docker-archive",
  "docker-daemon",
  "scratch",
];

/** The kinds of locations of each operand. An archive is written as a whole; engines and archives of Docker hold no referrers. */
export const VERB_LOCATIONS: Readonly<Record<VerbOperand, Kinds>> = {
  "append BASE": ALL_AND_SCRATCH,
  "append TARGET": ALL,
  "append LAYERS": WITH_INDEXES,
  "append OLD-BASE": ALL_AND_SCRATCH,
  "edit BASE": ALL_AND_SCRATCH,
  "edit TARGET": ALL,
  "batch BASE": WITH_TAGS_AND_SCRATCH,
  "batch TARGET": WITH_TAGS,
  "copy SOURCE": ALL_AND_SCRATCH,
  "copy TARGET": ALL,
  "copy with referrers SOURCE": WITH_INDEXES,
  "copy with referrers TARGET": WITH_INDEXES,
  "copy with all tags SOURCE": WITH_INDEXES,
  "copy with all tags TARGET": WITH_TAGS,
  "rebase IMAGE": ALL,
  "rebase TARGET": ALL,
  "rebase BASE": ALL_AND_SCRATCH,
  "rebase OLD-BASE": ALL_AND_SCRATCH,
  "index TARGET": WITH_INDEXES,
  "index IMAGE": ALL,
  "inspect IMAGE": ALL,
  "digest REFERENCE": ALL,
  "export IMAGE": ALL,
  "tags REPOSITORY": WITH_INDEXES,
  "tag IMAGE": WITH_TAGS,
  "delete REFERENCE": WITH_TAGS,
};

/**
 * Refuses a location that a verb cannot use, before any request.
 *
 * @throws {TypeError} if the table does not list its kind.
 */
export function requireLocation(operand: VerbOperand, location: Location): void {
  const kinds = VERB_LOCATIONS[operand];
  if (kinds.includes(location.kind)) return;
  const words = operand.split(" ");
  const name = words.pop();
  const expected = kinds.map((kind) => PLACES[kind]);
  const last = expected.pop();
  throw new TypeError(
    `Cannot use ${JSON.stringify(formatLocation(location))} as ${name} of "${
      words.join(" ")
    }": expected ${expected.join(", ")} or ${last}`,
  );
}
