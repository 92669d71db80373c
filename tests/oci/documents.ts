/** Manifests and indexes for tests. */

import type { Bytes } from "../../lib/base/bytes.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import {
  configMediaType,
  type Family,
  layerMediaType,
  manifestMediaType,
} from "../../lib/oci/media_type.ts";
import type { Document } from "../../lib/oci/blob_reference.ts";

/** A digest that is easy to tell from others. */
export function fakeDigest(digit: string): Digest {
  return `sha256:${digit.repeat(64)}`;
}

/** A descriptor with such a digest. */
export function fakeDescriptor(mediaType: string, digit: string): Descriptor {
  return { mediaType, digest: fakeDigest(digit), size: 100 };
}

/** A manifest as it would be sent. */
export function fakeManifest(family: Family = "oci", ...digits: string[]): Record<string, unknown> {
  return {
    schemaVersion: 2,
    mediaType: manifestMediaType(family),
    config: fakeDescriptor(configMediaType(family), "c"),
    layers: digits.map((digit) => fakeDescriptor(layerMediaType(family, "gzip"), digit)),
  };
}

/** Text as a document; it need not be valid. */
export async function documentOf(
  body: unknown,
  mediaType = "application/vnd.oci.image.manifest.v1+json",
): Promise<Document> {
  const bytes: Bytes = new TextEncoder().encode(
    typeof body === "string" ? body : JSON.stringify(body),
  );
  return { bytes, mediaType, digest: await digestOf(bytes) };
}
