/** Reads the image that an `Image` builds upon. */

import { type ImageConfig, parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type ImageIndex, indexEntryKind } from "../oci/index.ts";
import { formatLocation, type Location, locationReference } from "../oci/location.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { IndexWalk } from "./index_walk.ts";
import type { ImageConfigData, ImageData } from "./image_data.ts";
import type { RegistryClient } from "./registry_client.ts";
import { selectImages } from "./select_images.ts";

/** What `container-image-builder` got of an index. */
const DEFAULT_PLATFORM: Platform = { os: "linux", architecture: "amd64" };

/**
 * Reads manifest and config, as objects that may be changed.
 *
 * @param platform Of an index, which image; of one with a single image that one, and else `linux/amd64`, if left out.
 * @throws {RangeError} if an index has no such image, or is nested too deep.
 */
export async function loadImageData(
  client: RegistryClient,
  location: Location,
  platform: Platform | undefined,
): Promise<ImageData> {
  let manifest = await client.manifest(locationReference(location));
  let walk = new IndexWalk(formatLocation(location));
  while (manifest.manifests !== undefined) {
    const index = manifest as unknown as ImageIndex;
    walk = walk.into(index);
    manifest = await client.manifest(chooseImage(index, platform).digest);
  }
  const bytes = Uint8Array.from(await client.blob(manifest.config.digest));
  const parsed: ImageConfig = parseConfig(bytes, `config "${manifest.config.digest}"`);
  const config = structuredClone(parsed) as unknown as ImageConfigData;
  config.config ??= {};
  return { manifest, config };
}

function chooseImage(index: ImageIndex, platform: Platform | undefined): Descriptor {
  const [only, ...others] = imagesOf(index);
  if (platform === undefined && only !== undefined && others.length === 0) return only;
  const wanted = platform ?? DEFAULT_PLATFORM;
  const [first] = imagesOf(selectImages(index, [wanted]));
  if (first !== undefined) return first;
  throw new RangeError(`Cannot find an image for "${formatPlatform(wanted)}" in the index`);
}

/** Without attestations, which are selected along with their image and may stand before it. */
function imagesOf({ manifests }: ImageIndex): readonly Descriptor[] {
  return manifests.filter((entry) => ["image", "index"].includes(indexEntryKind(entry)));
}
