/** Referrers: signatures, attestations and SBOMs that refer to other manifests (OCI image spec 1.1, manifest.md, "subject"). */

import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { describeDocument, makeDocument } from "./document.ts";
import { checkDescriptor } from "./document_body.ts";
import { type ImageIndex, parseIndex } from "./image_index.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json.ts";
import { familyOf, indexMediaType, OCI_INDEX } from "./media_type.ts";
import type { Document } from "./blob_reference.ts";

/** Suffixes of cosign's tags, if it does not use `subject`. */
const COSIGN_SUFFIXES = [".sig", ".att", ".sbom"];

/** The tag of the list of a manifest's referrers, for registries without the referrers API (OCI distribution spec 1.1, Referrers Tag Schema). */
export function referrersTag(digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** The tags of cosign's signatures, attestations and SBOMs of a manifest. */
export function cosignTags(digest: Digest): string[] {
  return COSIGN_SUFFIXES.map((suffix) => digest.replace(":", "-") + suffix);
}

/** The subject of a document of any type; undefined if it has none. */
export function subjectOf(document: Document): Descriptor | undefined {
  try {
    return checkDescriptor(bodyOf(document)["subject"], "its subject");
  } catch {
    return undefined;
  }
}

/** Makes the descriptor of a document in a list of referrers, with its artifact type and annotations. */
export function describeReferrer(document: Document): Descriptor {
  const { artifactType, config, annotations } = bodyOf(document);
  const type = artifactType ?? (isJsonObject(config) ? config["mediaType"] : undefined);
  return {
    ...describeDocument(document),
    ...(typeof type === "string" ? { artifactType: type } : {}),
    ...(isJsonObject(annotations) ? { annotations: annotations as Record<string, string> } : {}),
  };
}

function bodyOf(document: Document): JsonObject {
  return parseJson(document.bytes, `"${document.digest}"`);
}

/**
 * Adds a referrer to a list.
 *
 * @param list The list; undefined if there is none yet.
 * @returns undefined if it is listed already.
 * @throws {SyntaxError} if the list is not an index.
 */
export async function addReferrer(
  list: Document | undefined,
  referrer: Descriptor,
): Promise<Document | undefined> {
  const index: ImageIndex = list === undefined
    ? { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }
    : parseIndex(list);
  if (index.manifests.some(({ digest }) => digest === referrer.digest)) return undefined;
  return await makeDocument(
    { ...index, manifests: [...index.manifests, referrer] },
    indexMediaType(familyOf(`${index.mediaType}`)),
  );
}
