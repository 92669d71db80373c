/** The jobs of a batch: one image each, with its own changes beside the common layers. */

import type { OptionNames } from "../../base/check_options.ts";
import { checkConfigEdit, CONFIG_EDIT_OPTIONS, type ConfigEdit } from "../../oci/config_edit.ts";
import { requireTextMap, requireTexts } from "../../oci/edit_values.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { formatLocation, type Location, parseLocation, withTag } from "../../storage/location.ts";
import { requireLocation } from "../access/verb_locations.ts";
import type { ChangeOptions } from "./change_options.ts";
import { parseTarget } from "./target.ts";

/** Options that an image of a batch may have of its own. */
export interface BatchJobOptions
  extends ConfigEdit, Pick<ChangeOptions, "platforms" | "tags" | "annotations"> {}

/** One image of a batch. */
export interface BatchJob {
  /** A reference, `oci:DIR[:TAG]` or `scratch`. */
  readonly base: string;
  /** A reference or `oci:DIR[:TAG]`, written last. It may be the base. */
  readonly target: string;
  /**
   * Options of this image alone. Environment variables, labels and annotations are added to those of all images; other values replace them.
   *
   * @default none
   */
  readonly options?: BatchJobOptions | undefined;
}

const FIELDS: OptionNames<BatchJob> = { base: true, target: true, options: true };

const jobOptionNames = (): OptionNames<BatchJobOptions> => ({
  ...CONFIG_EDIT_OPTIONS,
  platforms: true,
  tags: true,
  annotations: true,
});

/** Options that are merged by their keys. */
const MERGED = ["env", "labels", "annotations"] as const;

/** A job that is valid, as far as that is known without a request. */
export interface CheckedJob extends BatchJob {
  /** Locations of base and target. */
  readonly from: Location;
  readonly to: Location;
  /** The full names of all tags of the image. */
  readonly names: readonly string[];
}

/** The start of messages about a job. */
export const JOB_REFUSED = "Cannot use a job: ";

/**
 * Checks that a job has no unknown fields.
 *
 * @throws {TypeError} if it has one.
 */
export function requireOnlyJob(job: object): void {
  requireKnown(job, FIELDS, "field");
}

/**
 * Checks a job from an untrusted source. It may have further fields, which are the caller's.
 *
 * @param tags Further tags of jobs that have no `tags` of their own.
 * @throws {TypeError} if an option is unknown, a value has a wrong type, or a location cannot be used in a batch.
 * @throws {SyntaxError} if a location, tag or platform cannot be parsed.
 */
export function checkJob(job: unknown, tags: readonly string[] = []): CheckedJob {
  if (typeof job !== "object" || job === null || Array.isArray(job)) {
    throw new TypeError(`${JOB_REFUSED}expected an object with base and target`);
  }
  const { base, target, options = {} } = job as { readonly [name in keyof BatchJob]?: unknown };
  for (const [name, value] of [["base", base], ["target", target]] as const) {
    if (typeof value !== "string") throw new TypeError(`${JOB_REFUSED}expected a text as ${name}`);
  }
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${JOB_REFUSED}expected an object as options`);
  }
  requireKnown(options, jobOptionNames(), "option of an image");
  const own = options as BatchJobOptions;
  for (const name of ["platforms", "tags"] as const) requireTexts(name, own[name]);
  for (const platform of own.platforms ?? []) parsePlatform(platform);
  checkConfigEdit(own);
  requireTextMap("annotations", own.annotations);
  const from = parseLocation(base as string);
  const to = parseTarget(target as string, own.tags ?? tags);
  requireLocation("batch BASE", from);
  requireLocation("batch TARGET", to.location);
  return {
    base: formatLocation(from),
    target: target as string,
    ...(Object.keys(own).length === 0 ? {} : { options: own }),
    from,
    to: to.location,
    names: to.tags.map((tag) => formatLocation(withTag(to.location, tag))),
  };
}

function requireKnown(given: object, names: Readonly<Record<string, true>>, what: string): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(names, name)) continue;
    const known = Object.keys(names).join(", ");
    throw new TypeError(`${JOB_REFUSED}there is no ${what} ${JSON.stringify(name)}, but ${known}`);
  }
}

/** The options of one image: those of all images, and its own. */
export function mergeOptions<Options extends ChangeOptions>(
  common: Options,
  own: BatchJobOptions = {},
): Options {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  const maps = MERGED.flatMap((name) =>
    own[name] === undefined ? [] : [[name, { ...common[name], ...own[name] }]]
  );
  return { ...common, ...Object.fromEntries(given), ...Object.fromEntries(maps) };
}

/** The registries of a job, each once; "" stands for any layout. */
export function registriesOfJob({ from, to }: CheckedJob): readonly string[] {
  const names = [from, to].flatMap((location) =>
    location.kind === "registry"
      ? [location.reference.registry]
      : location.kind === "scratch"
      ? []
      : [""]
  );
  return [...new Set(names)];
}
