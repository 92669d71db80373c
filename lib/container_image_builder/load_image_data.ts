/** Reads the manifest and config of an image for an `Image`. */

import { collectBytes } from "../base/collect.ts";
import { CONFIG_LIMIT } from "../image/bases/read_config.ts";
import { type ImageConfig, parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseDigest } from "../oci/digest.ts";
import { checkDescriptors } from "../oci/document_body.ts";
import type { ImageIndex } from "../oci/image_index.ts";
import { formatLocation, type Location, locationReference } from "../storage/location.ts";
import { ByteBudget } from "../storage/byte_budget.ts";
import type { BlobFetcher, RepositoryOptions } from "../storage/repository.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { IndexWalk } from "../image/index/index_walk.ts";
import type { ImageConfigData, ImageData, ImageManifest } from "./image_data.ts";
import { listImages } from "../image/index/list_images.ts";
import type { RegistryClient } from "./registry_client.ts";
import { isImage, matchingImages } from "../image/index/select_images.ts";

/** The platform whose image `container-image-builder` takes of an index. */
const DEFAULT_PLATFORM: Platform = { os: "linux", architecture: "amd64" };

/** Reads manifests and configs. */
export interface ImageDataSource {
  readonly client: RegistryClient;
  /** The client's repository. It limits the time of reading a config, which the client does not, since any blob may be large. */
  readonly blobs: BlobFetcher;
  readonly options: RepositoryOptions;
}

/**
 * Reads manifest and config as objects that may be changed.
 *
 * @param platform The platform of the image that is taken of an index. @default the only image, else `linux/amd64`
 * @throws {RangeError} if an index has no such image, or is nested too deep.
 */
export async function loadImageData(
  { client, blobs, options }: ImageDataSource,
  location: Location,
  platform: Platform | undefined,
): Promise<ImageData> {
  const documents = new ByteBudget();
  let manifest = await client.manifest(locationReference(location));
  if (manifest.manifests !== undefined) {
    const { images } = await listImages(readIndex(manifest), {
      walk: new IndexWalk({
        name: formatLocation(location),
        read: async ({ digest }) => {
          const document = await client.manifest(digest);
          documents.take(JSON.stringify(document).length, `the index "${digest}"`);
          return document;
        },
      }),
      parse: readIndex,
    });
    manifest = await client.manifest(chooseImage(images.filter(isImage), platform).digest);
  }
  const { digest } = manifest.config;
  const what = `config "${digest}"`;
  const content = blobs.getBlob({ digest: parseDigest(digest) }, { ...options, isDocument: true });
  const bytes = await collectBytes(content, { limit: CONFIG_LIMIT, what });
  const parsed: ImageConfig = parseConfig(bytes, what);
  const config = structuredClone(parsed) as unknown as ImageConfigData;
  config.config ??= {};
  return { manifest, config };
}

function readIndex({ manifests }: ImageManifest): ImageIndex {
  return { schemaVersion: 2, manifests: checkDescriptors(manifests ?? null, "index", "manifests") };
}

function chooseImage(images: readonly Descriptor[], platform: Platform | undefined): Descriptor {
  const [only, ...others] = images;
  if (platform === undefined && only !== undefined && others.length === 0) return only;
  const requested = platform ?? DEFAULT_PLATFORM;
  const [first] = matchingImages(images, [requested]);
  if (first !== undefined) return first;
  throw new RangeError(`Cannot find an image for "${formatPlatform(requested)}" in the index`);
}
