/** Exports the files of an image, merged as an engine would. */

import type { ByteStream } from "../../base/bytes.ts";
import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { runTasks } from "../../base/task_group.ts";
import { sniff } from "../../layer/compression/sniff.ts";
import { unpack } from "../../layer/compression/unpack.ts";
import { ListingCache } from "../../layer/base/listing_cache.ts";
import { ROOT_NODE } from "../../layer/base/path_tree.ts";
import { imagePathParts, isBelow } from "../../layer/files/image_path.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { layerEntries, type LayerEntry } from "../../layer/merge/layer_entries.ts";
import { FileNames } from "../../layer/merge/file_names.ts";
import { MergedTree } from "../../layer/merge/merged_tree.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseDocument } from "../../oci/document.ts";
import { isImageManifest } from "../../oci/manifest.ts";
import { isLayerForeign } from "../../oci/media_type.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { locationReference, parseLocation } from "../../storage/location.ts";
import { NotFoundError } from "../../storage/not_found_error.ts";
import type { Repository } from "../../storage/repository.ts";
import type { TarEntry } from "../../tar/entry.ts";
import { escapePath } from "../../tar/escape_path.ts";
import { TarError } from "../../tar/tar_error.ts";
import { writeTar } from "../../tar/writer.ts";
import { type Access, ACCESS_OPTIONS, type AccessOptions, createAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { findInLayers, type FoundInLayers } from "../../layer/base/find_in_layers.ts";
import { selectImages } from "../index/select_images.ts";

/** Options of {@linkcode exportFiles}. */
export interface ExportOptions extends AccessOptions {
  /**
   * Files to export, and directories with all that is in them. Links on the way are followed.
   *
   * @default everything
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * Which image of an index to export, as `OS/ARCH[/VARIANT]`; needed if there are several.
   *
   * @default the only one
   */
  readonly platform?: string | undefined;
  /**
   * The form of the output: a tar, the content of the one file that `paths` names, or the paths, one a line, in which what is not
   * printable is written as `tar t` writes it: `\n`, `\033`.
   *
   * @default {"tar"}
   */
  readonly as?: "tar" | "file" | "list" | undefined;
}

const optionNames = (): OptionNames<ExportOptions> => ({
  ...ACCESS_OPTIONS,
  paths: true,
  platform: true,
  as: true,
});

/** Entries between two garbage collections; each leaves some kilobytes. */
const ENTRIES_PER_COLLECTION = 16_384;

/** The layers of an image, and what is needed to read them. */
interface Layers {
  readonly source: Repository;
  readonly access: Access;
  readonly layers: readonly Descriptor[];
  readonly signal: AbortSignal | undefined;
  /** Number of entries that were read so far. */
  entries: number;
}

/** Implements `exportFiles` of the main entry, with the host in the options. */
export async function* exportFiles(image: string, options: ExportOptions = {}): ByteStream {
  checkOptions(options, optionNames(), "exportFiles()");
  const { paths = [], as = "tar", signal } = options;
  const location = parseLocation(image);
  requireLocation("export IMAGE", location);
  if (as === "file" && paths.length !== 1) {
    throw new TypeError(
      `Cannot export a file of "${image}": expected one path, got ${paths.length}`,
    );
  }
  const access = createAccess(options);
  try {
    const source = access.open(location, "pull", "source");
    const layers = await readLayers(source, locationReference(location), options);
    const all: Layers = { source, access, layers, signal, entries: 0 };
    const found = await findQuickly(all, { paths, image }) ??
      select(await mergeLayers(all), paths, image);
    if (as === "list") yield* listPaths(found);
    else if (as === "file") yield* fileContent(found, all, image);
    else yield* writeTar(tarEntries(found, all));
  } finally {
    await access.settle();
  }
}

async function readLayers(
  source: Repository,
  reference: string,
  { platform, signal }: ExportOptions,
): Promise<readonly Descriptor[]> {
  return await runTasks(signal, async (group) => {
    const found = await source.getManifest(reference, { signal: group.signal });
    const requested = platform === undefined ? [] : [parsePlatform(platform)];
    const selected = await selectImages(found, requested, { source, group });
    const only = selected.images.length === 1 ? selected.images[0] : undefined;
    const parsed = parseDocument(
      only === undefined || only.digest === selected.document.digest
        ? selected.document
        : await source.getManifest(only.digest, { signal: group.signal }),
    );
    if (parsed.kind === "manifest") {
      if (isImageManifest(parsed.manifest)) return parsed.manifest.layers;
      throw new RangeError(`Cannot export from ${source.name}: it is not a container image`);
    }
    const names = selected.images.flatMap((image) =>
      image.platform ? formatPlatform(image.platform) : []
    );
    throw new RangeError(
      `Cannot export from ${source.name}: it is no single image; name one platform${
        names.length === 0 ? "" : `, of ${names.join(", ")}`
      }`,
    );
  });
}

/** @param needed The layers that are read, and the paths needed of each; absent for everything. */
async function mergeLayers(
  all: Layers,
  needed?: FoundInLayers["layers"],
): Promise<MergedTree> {
  const tree = new MergedTree();
  for (const [index, layer] of all.layers.entries()) {
    tree.startLayer();
    const wanted = needed === undefined ? "any" : needed.get(index);
    if (wanted === undefined) continue;
    const left = wanted === "any" ? undefined : new Set(wanted);
    for await (const { header, size } of openLayer(layer, all)) {
      tree.add(header, size);
      if (left?.delete(imagePathParts(header.path)?.join("/") ?? "") && left.size === 0) break;
    }
  }
  return tree;
}

/**
 * Selects the requested paths from only the layers that have them. Undefined if all of the image is needed: everything is requested,
 * something is not there, or a link leads to a layer below.
 */
async function findQuickly(
  all: Layers,
  { paths, image }: { readonly paths: readonly string[]; readonly image: string },
): Promise<Selection | undefined> {
  if (paths.length === 0) return undefined;
  const { source, signal, access: { codec, createHasher, host } } = all;
  const cache = host.cache && new ListingCache(host.cache, source.name);
  try {
    const options = { source, codec, signal, createHasher, cache };
    const found = await findInLayers(paths, all.layers, options);
    return found && select(await mergeLayers(all, found.layers), found.paths, image);
  } catch (error) {
    if (error instanceof LayerError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function* openLayer(layer: Descriptor, all: Layers): AsyncGenerator<LayerEntry> {
  const { source, access: { codec, host }, signal } = all;
  const what = `the layer "${layer.digest}"`;
  const action = `Cannot read ${what}`;
  if (isLayerForeign(layer)) throw new LayerError(`${action}: it is not kept in registries`);
  const { format, source: bytes } = await sniff(source.getBlob(layer, { signal }));
  const isCompressed = format === "gzip" || format === "zstd";
  try {
    const archive = isCompressed ? unpack(bytes, format, { codec, what }) : bytes;
    for await (const entry of layerEntries(archive)) {
      if (++all.entries % ENTRIES_PER_COLLECTION === 0) host.collectGarbage?.();
      yield entry;
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new LayerError(`${action}: ${error.found}`, { cause: error });
  }
}

/** The selected files of an image. */
interface Selection {
  readonly tree: MergedTree;
  /** In the order of the tree. */
  readonly nodes: readonly number[];
}

function select(tree: MergedTree, paths: readonly string[], image: string): Selection {
  const all = [...tree.nodes()];
  if (paths.length === 0) return { tree, nodes: all };
  const wanted = paths.map((path) => {
    const found = tree.resolve(path);
    if (found !== undefined) return tree.pathOf(found);
    throw new NotFoundError(`Cannot export ${JSON.stringify(path)} of "${image}": it is not there`);
  });
  const isWanted = (path: string): boolean =>
    wanted.some((one) => one === "" || path === one || isBelow(path, one));
  return { tree, nodes: all.filter((node) => isWanted(tree.pathOf(node))) };
}

async function* listPaths({ tree, nodes }: Selection): ByteStream {
  const encoder = new TextEncoder();
  let lines = "";
  for (const node of nodes) {
    const path = tree.pathOf(node);
    if (path !== "") lines += `${escapePath(path)}${tree.isDirectory(node) ? "/" : ""}\n`;
    // Written in large chunks.
    if (lines.length > 65_536) {
      yield encoder.encode(lines);
      lines = "";
    }
  }
  if (lines !== "") yield await Promise.resolve(encoder.encode(lines));
}

async function* fileContent(
  { tree, nodes: [node = ROOT_NODE] }: Selection,
  all: Layers,
  image: string,
): ByteStream {
  const { path, type } = tree.headerOf(node);
  if (type !== "file") {
    throw new TypeError(`Cannot export "${path}" of "${image}" as a file: it is a ${type}`);
  }
  for await (const { content } of readFiles(tree, [[node]], all)) yield* content();
}

/** The entries: first those without content, then the files in the order of the layers, each with its further hard links. */
async function* tarEntries({ tree, nodes }: Selection, all: Layers): AsyncGenerator<TarEntry> {
  const leaves: number[] = [];
  for (const node of nodes) {
    if (!tree.isDirectory(node)) leaves.push(node);
    else if (node !== ROOT_NODE) {
      const header = tree.headerOf(node);
      yield { ...header, path: `${header.path}/`, size: 0 };
    }
  }
  const files = new FileNames(tree, leaves);
  for (const names of files.byName((node) => !tree.hasContent(node))) {
    yield* named(tree, names, undefined);
  }
  const withContent = files.byEntry((node) => tree.hasContent(node));
  for await (const { names, content } of readFiles(tree, withContent, all)) {
    yield* named(tree, names, content());
  }
}

/**
 * Reads the contents of files, of each layer only as far as needed.
 *
 * @param files The nodes of each file, in the order of the entries.
 */
async function* readFiles(
  tree: MergedTree,
  files: Iterable<readonly number[]>,
  all: Layers,
): AsyncGenerator<{ readonly names: readonly number[]; readonly content: () => ByteStream }> {
  const iterator = files[Symbol.iterator]();
  let next = iterator.next();
  const wantedOf = (layer: number): number | undefined => {
    if (next.done === true) return undefined;
    const place = tree.placeOf(tree.entryOf(next.value[0] ?? 0));
    return place.layer === layer ? place.index : undefined;
  };
  for (const [layer, descriptor] of all.layers.entries()) {
    let wanted = wantedOf(layer);
    if (wanted === undefined) continue;
    let index = 0;
    for await (const { content } of openLayer(descriptor, all)) {
      if (index++ !== wanted) continue;
      yield { names: next.value, content };
      next = iterator.next();
      wanted = wantedOf(layer);
      if (wanted === undefined) break;
    }
  }
}

function* named(
  tree: MergedTree,
  [first = 0, ...others]: readonly number[],
  content: ByteStream | undefined,
): Iterable<TarEntry> {
  const header = tree.headerOf(first);
  const entry: TarEntry = { ...header, size: header.type === "file" ? header.size : 0 };
  yield content === undefined ? entry : { ...entry, content };
  for (const other of others) {
    const path = tree.pathOf(other);
    yield { ...entry, path, type: "hard-link", linkPath: entry.path, size: 0 };
  }
}
