/** A signature of an image, as other tools make them. */

import { digestOf, type ImageStore } from "./image_store.ts";

/** The type of such a manifest. */
export const MEDIA_TYPE: string = "application/vnd.oci.image.manifest.v1+json";

/** Puts a signature of an image, as tools do that know `subject`, but not under the tag of a list. */
export async function putSignature(store: ImageStore, subject: string): Promise<void> {
  const { bytes, mediaType } = await store.getManifest(subject);
  const empty = new TextEncoder().encode("{}");
  await store.putBlob(empty);
  const blob = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(empty), size: 2 };
  const manifest = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    artifactType: "application/vnd.acme.signature",
    config: blob,
    layers: [blob],
    subject: { mediaType, digest: digestOf(bytes), size: bytes.length },
    annotations: { by: "acme" },
  }));
  await store.putManifest("signature", { bytes: manifest, mediaType: MEDIA_TYPE });
}
