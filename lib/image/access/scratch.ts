/** The repository of `scratch`, which holds the empty image. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { emptyConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { digestOf } from "../../oci/digest.ts";
import { describeDocument, makeDocument } from "../../oci/document.ts";
import { formatJson } from "../../oci/json.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../../oci/media_type.ts";
import type { Platform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { NotFoundError } from "../../storage/not_found_error.ts";
import type { Repository } from "../../storage/repository.ts";

/** Platform of `scratch` by default. */
const DEFAULT_PLATFORM: Platform = { os: "linux", architecture: "amd64" };

/** The one tag of the repository. */
const SCRATCH_TAG = "latest";

/** Makes the repository of `scratch`: with an image without layers, or an index of such images for several platforms. */
export async function scratchRepository(platforms: readonly Platform[]): Promise<Repository> {
  const blobs = new Map<string, Bytes>();
  const documents = new Map<string, Document>();
  const manifests: Descriptor[] = [];
  for (const platform of platforms.length === 0 ? [DEFAULT_PLATFORM] : platforms) {
    const config = formatJson(emptyConfig(platform));
    const digest = await digestOf(config);
    blobs.set(digest, config);
    const document = await makeDocument({
      schemaVersion: 2,
      config: { mediaType: OCI_CONFIG, digest, size: config.length },
      layers: [],
    }, OCI_MANIFEST);
    documents.set(document.digest, document).set(SCRATCH_TAG, document);
    manifests.push({ ...describeDocument(document), platform });
  }
  if (manifests.length > 1) {
    documents.set(SCRATCH_TAG, await makeDocument({ schemaVersion: 2, manifests }, OCI_INDEX));
  }
  const refuse = (): Promise<never> =>
    Promise.reject(
      new TypeError('Cannot write to "scratch": it is the empty image, and only a base'),
    );

  return {
    name: "scratch",
    getManifest(reference): Promise<Document> {
      const document = documents.get(reference);
      if (document !== undefined) return Promise.resolve(document);
      return Promise.reject(new NotFoundError(`Cannot find "${reference}" in scratch`));
    },
    headManifest: (reference) => Promise.resolve(documents.get(reference)?.digest),
    hasBlob: (digest) => Promise.resolve(blobs.has(digest)),
    async *getBlob(descriptor): ByteStream {
      const blob = blobs.get(descriptor.digest);
      if (blob === undefined) {
        throw new NotFoundError(`Cannot find blob "${descriptor.digest}" in scratch`);
      }
      yield await Promise.resolve(blob);
    },
    putManifest: refuse,
    putBlob: refuse,
    canMount: () => false,
    mountBlob: refuse,
    isSame: () => false,
    referrers: () => Promise.resolve([]),
    async *tags(): AsyncIterable<string> {},
  };
}
