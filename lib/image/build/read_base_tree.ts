/** Reads the layers of a base, for the directories and links in them. */

import { countBytes } from "../../base/count_bytes.ts";
import { BaseTree } from "../../layer/base_tree.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { sniff } from "../../layer/compression/sniff.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { parseDocument } from "../../oci/document.ts";
import { mayHoldImages } from "../../oci/image_index.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { isLayerForeign } from "../../oci/media_type.ts";
import type { BlobFetcher } from "../../storage/repository.ts";
import { TarScanner } from "../../tar/scanner.ts";
import { TarError } from "../../tar/tar_error.ts";
import type { Progress } from "../access/access.ts";
import { walkDocuments } from "../index/index_walk.ts";
import type { Selection } from "../index/select_images.ts";

/** Options of {@linkcode readBaseTree}. */
export interface ReadBaseTreeOptions {
  readonly source: BlobFetcher;
  readonly codec: Codec;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Reads the layers of an image, or of the first image of an index, from the lowest up. Nothing of them is kept but the tree.
 *
 * @throws {SyntaxError} if a document is invalid.
 * @throws {RangeError} if indexes list too much or are nested too deep.
 * @throws {LayerError} if a layer cannot be read.
 */
export async function readBaseTree(
  base: Selection,
  options: ReadBaseTreeOptions,
): Promise<BaseTree> {
  const tree = new BaseTree();
  const manifest = await findManifest(base, options.signal);
  for (const layer of manifest?.layers ?? []) {
    tree.startLayer();
    await readLayer(layer, tree, options);
  }
  return tree;
}

/** The manifest of the first image; undefined where an index has none, which updateImage() refuses. */
async function findManifest(
  { document, documents }: Selection,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  let parsed = parseDocument(document);
  let walk = walkDocuments(documents, signal);
  while (parsed.kind === "index") {
    walk = walk.into(parsed.index);
    const first = parsed.index.manifests.find(mayHoldImages);
    if (first === undefined) return undefined;
    parsed = parseDocument(await walk.read(first));
  }
  return parsed.manifest;
}

async function readLayer(
  layer: Descriptor,
  tree: BaseTree,
  { source, codec, signal, onProgress }: ReadBaseTreeOptions,
): Promise<void> {
  const { digest, size: total } = layer;
  const action = `Cannot read the base's layer "${digest}"`;
  if (isLayerForeign(layer)) throw new LayerError(`${action}: it is not kept in registries`);
  const blob = countBytes(
    source.getBlob(layer, { signal }),
    (bytes) => onProgress?.({ kind: "base", digest, bytes, total }),
  );
  const scanner = new TarScanner({ onEntry: (entry) => tree.add(entry) });
  const { format, source: bytes } = await sniff(blob);
  const isCompressed = format === "gzip" || format === "zstd";
  try {
    // Base layers may end as they like: engines have taken them.
    for await (const chunk of isCompressed ? codec.decompress(format)(bytes) : bytes) {
      scanner.write(chunk);
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new LayerError(`${action}: ${error.found}`, { cause: error });
  }
}
