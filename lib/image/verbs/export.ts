/** Exports the files of an image, merged as an engine would. */

import type { ByteStream } from "../../base/bytes.ts";
import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { runTasks } from "../../base/task_group.ts";
import { sniff } from "../../layer/compression/sniff.ts";
import { unpack } from "../../layer/compression/unpack.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import { ListingCache } from "../../layer/base/listing_cache.ts";
import { imagePathParts, isBelow } from "../../layer/files/image_path.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { layerEntries, type LayerEntry } from "../../layer/merge/layer_entries.ts";
import { type MergedFile, type MergedPath, MergedTree } from "../../layer/merge/merged_tree.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseDocument } from "../../oci/document.ts";
import { isImageManifest } from "../../oci/manifest.ts";
import { isLayerForeign } from "../../oci/media_type.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import { locationReference, parseLocation } from "../../storage/location.ts";
import { NotFoundError } from "../../storage/not_found_error.ts";
import type { Repository } from "../../storage/repository.ts";
import type { TarEntry } from "../../tar/entry.ts";
import { TarError } from "../../tar/tar_error.ts";
import { writeTar } from "../../tar/writer.ts";
import { type Access, ACCESS_OPTIONS, type AccessOptions, createAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { findInLayers, type FoundInLayers } from "../../layer/base/find_in_layers.ts";
import { selectImages } from "../index/select_images.ts";

/** Options of {@linkcode exportFiles}. */
export interface ExportOptions extends AccessOptions {
  /**
   * What is wanted: files, and directories with all that is in them. Links on the way are followed.
   *
   * @default everything
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * The image of an index that is meant, as `OS/ARCH[/VARIANT]`; needed where there are several.
   *
   * @default the only one
   */
  readonly platform?: string | undefined;
  /**
   * What comes out: a tar, the content of the one file that `paths` names, or the paths, one a line.
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

/** Layers of an image, and how they are read. */
interface Layers {
  readonly source: Repository;
  readonly codec: Codec;
  readonly layers: readonly Descriptor[];
  readonly signal: AbortSignal | undefined;
}

/** What `exportFiles` of the main entry does, with no host but the one that it is given. */
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
    const all: Layers = { source, codec: access.codec, layers, signal };
    const found = await findQuickly(all, access, { paths, image }) ??
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
    if (parsed.kind === "manifest" && isImageManifest(parsed.manifest)) {
      return parsed.manifest.layers;
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

/** @param needed The layers that are to be read, and what of them; all of all where it is absent. */
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
 * What is wanted, from the layers alone that have it, the upper ones first. Undefined where that needs all of the image: everything is
 * wanted, something is not there, or a link leads to a layer below.
 */
async function findQuickly(
  all: Layers,
  { createHasher, host: { cache } }: Access,
  { paths, image }: { readonly paths: readonly string[]; readonly image: string },
): Promise<readonly MergedPath[] | undefined> {
  if (paths.length === 0) return undefined;
  try {
    const found = await findInLayers(paths, all.layers, {
      ...all,
      createHasher,
      cache: cache && new ListingCache(cache, all.source.name),
    });
    return found && select(await mergeLayers(all, found.layers), found.paths, image);
  } catch (error) {
    if (error instanceof LayerError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function* openLayer(
  layer: Descriptor,
  { source, codec, signal }: Layers,
): AsyncGenerator<LayerEntry> {
  const what = `the layer "${layer.digest}"`;
  const action = `Cannot read ${what}`;
  if (isLayerForeign(layer)) throw new LayerError(`${action}: it is not kept in registries`);
  const { format, source: bytes } = await sniff(source.getBlob(layer, { signal }));
  const isCompressed = format === "gzip" || format === "zstd";
  try {
    yield* layerEntries(isCompressed ? unpack(bytes, format, { codec, what }) : bytes);
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new LayerError(`${action}: ${error.found}`, { cause: error });
  }
}

function select(tree: MergedTree, paths: readonly string[], image: string): readonly MergedPath[] {
  const all = [...tree.paths()];
  if (paths.length === 0) return all;
  const wanted = paths.map((path) => {
    const found = tree.resolve(path);
    if (found !== undefined) return found;
    throw new NotFoundError(`Cannot export ${JSON.stringify(path)} of "${image}": it is not there`);
  });
  return all.filter(({ path }) =>
    wanted.some((one) => one === "" || path === one || isBelow(path, one))
  );
}

async function* listPaths(found: readonly MergedPath[]): ByteStream {
  const encoder = new TextEncoder();
  for (const { path, isDirectory } of found) {
    if (path !== "") {
      yield await Promise.resolve(encoder.encode(`${path}${isDirectory ? "/" : ""}\n`));
    }
  }
}

async function* fileContent(
  [found]: readonly MergedPath[],
  all: Layers,
  image: string,
): ByteStream {
  const { file } = found ?? {};
  if (file?.header.type !== "file") {
    throw new TypeError(`Cannot export "${found?.path}" of "${image}" as a file: it is none`);
  }
  for await (const { content } of readFiles(file.layer, [file], all)) yield* content();
}

/** Everything without content first, then the files in the order in which they lie in the layers, each with its further names. */
async function* tarEntries(found: readonly MergedPath[], all: Layers): AsyncGenerator<TarEntry> {
  const names = new Map<MergedFile, string[]>();
  for (const { path, file, isDirectory } of found) {
    if (path === "") continue;
    if (file === undefined || isDirectory) yield directory(path, file);
    else names.set(file, [...names.get(file) ?? [], path]);
  }
  const withContent: MergedFile[][] = all.layers.map(() => []);
  for (const [file, paths] of names) {
    if (file.header.type === "file" && file.size > 0) withContent[file.layer]?.push(file);
    else yield* named(file, paths, undefined);
  }
  for (const [layer, files] of withContent.entries()) {
    for await (const { file, content } of readFiles(layer, files, all)) {
      yield* named(file, names.get(file) ?? [], content());
    }
  }
}

/** The contents of files of one layer, which is read no further than it is needed. */
async function* readFiles(
  layer: number,
  files: readonly MergedFile[],
  all: Layers,
): AsyncGenerator<{ readonly file: MergedFile; readonly content: () => ByteStream }> {
  const descriptor = all.layers[layer];
  if (descriptor === undefined || files.length === 0) return;
  const wanted = new Map(files.map((file) => [file.entry, file]));
  let number = -1;
  for await (const { content } of openLayer(descriptor, all)) {
    const file = wanted.get(++number);
    if (file === undefined) continue;
    yield { file, content };
    wanted.delete(number);
    if (wanted.size === 0) return;
  }
}

function directory(path: string, file: MergedFile | undefined): TarEntry {
  // One that no layer has an entry for is made by engines, as root's and with mode 0755.
  const header = file?.header ?? { mode: 0o755, uid: 0, gid: 0, mtime: 0 };
  return { ...header, path: `${path}/`, type: "directory", size: 0 };
}

function* named(
  { header, size }: MergedFile,
  [path, ...others]: readonly string[],
  content: ByteStream | undefined,
): Iterable<TarEntry> {
  if (path === undefined) return;
  // What was a sparse file is a whole one now.
  const records = header.records?.filter(([keyword]) => !keyword.startsWith("GNU.sparse."));
  const { typeFlag: _typeFlag, ...plain } = header;
  const entry: TarEntry = {
    ...(header.type === "other" ? header : plain),
    ...(records === undefined ? {} : { records }),
    path,
    size: header.type === "file" ? size : 0,
  };
  yield content === undefined ? entry : { ...entry, content };
  for (const other of others) {
    yield { ...entry, path: other, type: "hard-link", linkPath: path, size: 0 };
  }
}
