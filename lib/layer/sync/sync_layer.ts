/** Makes a layer of the differences between sources and directories of the base. */

import type { ByteStream } from "../../base/bytes.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { TarEntry, TarEntryHeader } from "../../tar/entry.ts";
import { TarWriter } from "../../tar/writer.ts";
import { type BaseQuestions, isComparable } from "../base/base_questions.ts";
import type { BaseTree } from "../base/base_tree.ts";
import { entryMaker } from "../files/files_layer.ts";
import { compareImagePaths, isBelow, normalizeImagePath } from "../files/image_path.ts";
import type { PlacedFile } from "../files/merge_sources.ts";
import { checkOwner, resolveOwner } from "../files/resolve_owner.ts";
import type { FileSource } from "../files/source_file.ts";
import { LayerError } from "../layer_error.ts";
import type { SyncLayerOptions, SyncPlanOptions } from "./sync_options.ts";
import type { OnDifference, SyncDifference } from "./sync_difference.ts";
import { planSync, type SyncPlan } from "./sync_plan.ts";
import { UnchangedError } from "./unchanged_error.ts";
import { WholeNeededError } from "./whole_needed_error.ts";
import { hashPart } from "./written_paths.ts";

/** A source with the directory of the base that is to be equal to it. */
interface Pair {
  readonly source: FileSource;
  readonly tree: BaseTree;
}

/**
 * Describes a layer that makes directories of the image equal to sources. They are compared when it is opened.
 *
 * @returns a function that opens the archive, given a base. It throws an `UnchangedError` if nothing differs.
 * @throws {SyntaxError} if a destination is the root of the image, or cannot be in one.
 */
export function syncLayer(options: SyncLayerOptions): (base?: BaseQuestions) => ByteStream {
  for (const { name, destination } of options.sources) {
    if (normalizeImagePath(destination) === "") throw new SyntaxError(refusal(name, "the root"));
  }
  checkOwner(options.owner);
  return async function* (base): ByteStream {
    const pairs = await findPairs(options.sources, base);
    const paths = pairs.map(({ tree }) => tree.path);
    if (base !== undefined && isComparable(base)) {
      if (!await base.mayKeepNamed(paths, options.ignore)) throw new WholeNeededError();
    }
    const planOptions = { ...options, owner: await resolveOwner(options.owner, base) };
    for (const { source: { name }, tree: { path } } of pairs) options.onPlaced?.(name, path);
    const plans: SyncPlan[] = [];
    for (const { source, tree } of pairs) plans.push(await planSync(source, tree, planOptions));
    if (options.onDifference !== undefined) tellDifference(plans, options.onDifference);
    if (plans.every(({ isEmpty }) => isEmpty)) throw new UnchangedError();
    const writer = new TarWriter();
    for (const plan of plans) if (!plan.isEmpty) yield* writePlan(plan, writer, planOptions);
    yield* writer.end();
  };
}

function tellDifference(plans: readonly SyncPlan[], tell: OnDifference): void {
  const difference: SyncDifference = {
    get added(): readonly string[] {
      return plans.flatMap(({ added }) => [...added()]);
    },
    changed: plans.flatMap(({ changed }) => changed),
    deleted: plans.flatMap(({ deleted }) => deleted),
  };
  let added = 0;
  for (const plan of plans) for (const _path of plan.added()) added++;
  tell(difference, {
    added,
    changed: difference.changed.length,
    deleted: difference.deleted.length,
  });
}

function refusal(name: string, what: string): string {
  return `Cannot sync "${name}" with ${what} of an image: all that is not in it would be deleted`;
}

async function findPairs(
  sources: readonly FileSource[],
  base: BaseQuestions | undefined,
): Promise<readonly Pair[]> {
  if (base === undefined || !isComparable(base)) {
    const names = sources.map(({ name }) => `"${name}"`).join(", ");
    throw new LayerError(`Cannot sync ${names}: the base is not to be read`, {
      hint: { kind: "read-base" },
    });
  }
  const pairs: Pair[] = [];
  for (const source of sources) {
    const tree = await base.treeOf(normalizeImagePath(source.destination));
    if (tree.path === "") throw new LayerError(refusal(source.name, "the root"));
    const other = pairs.find(({ tree: { path } }) =>
      path === tree.path || isBelow(path, tree.path) || isBelow(tree.path, path)
    );
    if (other !== undefined) {
      throw new LayerError(
        `Cannot sync "${source.name}" with "/${tree.path}": "${other.source.name}" is to be all that is in "/${other.tree.path}"`,
      );
    }
    pairs.push({ source: { ...source, destination: `/${tree.path}` }, tree });
  }
  return pairs.sort((a, b) => compareImagePaths(a.tree.path, b.tree.path));
}

/** Writes the entries of a plan: each directory, then its whiteouts, then its contents. */
async function* writePlan(
  plan: SyncPlan,
  writer: TarWriter,
  options: SyncPlanOptions,
): ByteStream {
  const { directories, markers } = plan;
  const made = [...directories.keys()].sort(compareImagePaths);
  const toEntry = entryMaker(options);
  const withMode = (entry: TarEntry): TarEntry =>
    options.modes === false ? { ...entry, mode: plan.modeOf(entry) } : entry;
  function* add(entry: TarEntry): Iterable<ByteStream | Iterable<never>> {
    const chunks = writer.add(entry);
    if (chunks !== undefined) yield chunks as ByteStream;
  }
  function* open(path: string): Iterable<TarEntryHeader> {
    for (const marker of markers.get(path) ?? []) {
      yield { path: marker, type: "file", size: 0, mode: 0o644, uid: 0, gid: 0, mtime: 0 };
    }
  }
  let next = 0;
  /** Entries of directories that the source does not have, up to a path. */
  function* before(path: string | undefined): Iterable<TarEntryHeader> {
    for (let own = made[next]; own !== undefined; own = made[++next]) {
      if (path !== undefined && compareImagePaths(own, path) > 0) return;
      const header = directories.get(own);
      if (header !== undefined) yield header;
      yield* open(own);
    }
  }
  const batches = options.readAhead?.(plan.files()) ?? eachAlone(plan.files());
  for await (const batch of batches) {
    for (const placed of batch) {
      for (const header of before(placed.path)) for (const chunks of add(header)) yield* chunks;
      const entry = withMode(toEntry(placed));
      const part = plan.hashPartOf(placed.path);
      const content = part === undefined || entry.type !== "file"
        ? entry
        : { ...entry, content: requireSame(entry, placed.file.name, part, options.createHasher) };
      for (const chunks of add(content)) yield* chunks;
      if (entry.type !== "directory") continue;
      for (const header of open(placed.path)) for (const chunks of add(header)) yield* chunks;
    }
  }
  for (const header of before(undefined)) for (const chunks of add(header)) yield* chunks;
}

async function* eachAlone(files: Iterable<PlacedFile>): AsyncIterable<readonly PlacedFile[]> {
  for (const placed of files) yield await Promise.resolve([placed]);
}

/** Passes the content of a file on, and fails if it is not the one that was compared. */
async function* requireSame(
  { content }: TarEntry,
  name: string,
  part: number,
  createHasher: CreateHasher,
): ByteStream {
  const hasher = createHasher();
  for await (const chunk of content instanceof Uint8Array ? [content] : content ?? []) {
    await hasher.update(chunk);
    yield chunk;
  }
  if (hashPart(await hasher.digest()) === part) return;
  throw new Error(`Cannot add "${name}": it changed while it was read`);
}
