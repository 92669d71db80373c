/** Puts the own layers of an image onto another base. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import { requireDate, requireTextMap } from "../../oci/edit_values.ts";
import { parsePlatform } from "../../oci/platform.ts";
import { type Location, locationReference, parseLocation } from "../../storage/location.ts";
import { type Access, ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { basePairName } from "../bases/base_check.ts";
import { Rebase } from "../update/rebase_manifest.ts";
import { updateImage } from "../update/update_image.ts";
import { selectForTarget } from "../index/select_for_target.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openSourceAndTarget, withSource } from "./open_source_and_target.ts";
import { parseTarget, putTags, type Target } from "./target.ts";

/** Options of {@linkcode rebaseImage}. */
export interface RebaseOptions extends AccessOptions {
  /** The new base: a reference, `oci:DIR[:TAG]` or `scratch`. */
  readonly onto: string;
  /**
   * The old base, whose layers are the image's first ones.
   *
   * @default the base that the image names
   */
  readonly from?: string | undefined;
  /**
   * Images of an index to rebase and keep, as `OS/ARCH[/VARIANT]`. A single one is taken out of the index.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the result, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Creation time of the image.
   *
   * @default now
   */
  readonly created?: Date | undefined;
  /** Author of the image. */
  readonly author?: string | undefined;
  /** Annotations to set on the manifests, and on the index unless that is Docker's; null removes one. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Whether annotations name the new base.
   *
   * @default {true}
   */
  readonly baseAnnotations?: boolean | undefined;
  /**
   * Whether to send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

const optionNames = (): OptionNames<RebaseOptions> => ({
  ...ACCESS_OPTIONS,
  onto: true,
  from: true,
  platforms: true,
  tags: true,
  created: true,
  author: true,
  annotations: true,
  baseAnnotations: true,
  dryRun: true,
});

interface Plan {
  readonly options: RebaseOptions;
  readonly from: Location;
  readonly to: Target;
  readonly onto: Location;
  readonly old: Location | undefined;
}

/** Implements `rebaseImage` of the main entry, with the host in the options. */
export async function rebaseImage(
  image: string,
  target: string,
  options: RebaseOptions,
): Promise<ImageResult> {
  checkOptions(options, optionNames(), "rebaseImage()");
  if (typeof options?.onto !== "string") {
    throw new TypeError(`Cannot rebase "${image}": expected the new base as onto`);
  }
  const plan: Plan = {
    options,
    from: parseLocation(image),
    to: parseTarget(target, options.tags),
    onto: parseLocation(options.onto),
    old: options.from === undefined ? undefined : parseLocation(options.from),
  };
  requireLocation("rebase IMAGE", plan.from);
  requireLocation("rebase TARGET", plan.to.location);
  requireLocation("rebase BASE", plan.onto);
  if (plan.old !== undefined) requireLocation("rebase OLD-BASE", plan.old);
  requireTextMap("annotations", options.annotations);
  requireDate("created", options.created);
  return await withAccess(
    options,
    (access) => runTasks(options.signal, (group) => run(plan, access, group)),
  );
}

async function run(plan: Plan, access: Access, group: TaskGroup): Promise<ImageResult> {
  const { options, from, to, onto, old } = plan;
  const { dryRun, onProgress, created = new Date(), author, annotations } = options;
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const opening = { access, group, platforms, dryRun, onProgress };
  const copy = await openSourceAndTarget(from, to, opening);
  const { source, target } = copy;
  const { signal } = group;
  // The empty image needs no source.
  const ontoCopy = onto.kind === "scratch" ? copy : withSource(copy, onto, { access, onProgress });
  const [found, base] = await Promise.all([
    source.getManifest(locationReference(from), { signal }),
    onto.kind === "scratch"
      ? undefined
      : ontoCopy.source.getManifest(locationReference(onto), { signal }),
  ]);
  const name = basePairName(onto);
  const pair = base && { ...(name === undefined ? {} : { name }), digest: base.digest };
  const rebase = new Rebase({
    access,
    copy,
    ontoCopy,
    onto: base?.digest,
    ontoName: options.onto,
    old,
    change: {
      created,
      author,
      annotations,
      pair: options.baseAnnotations === false ? "keep" : pair,
    },
  });
  const selection = await selectForTarget(found, platforms, { source, target, group });
  const { document, images } = await updateImage(selection, platforms, {
    copy,
    warn: access.warn,
    update: (document, manifest) => rebase.update(document, manifest),
    // Rebased images may have become OCI images.
    becomesOci: () => Promise.resolve(rebase.madeOci),
    annotations: rebase.annotations(undefined),
  });
  const digest = await putTags(to, document, copy);
  return imageResult({ to, document, digest, images, access, dryRun });
}
