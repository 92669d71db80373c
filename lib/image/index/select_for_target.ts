/** Selects the images of a base that the target can hold. */

import type { Document } from "../../oci/blob_reference.ts";
import { parseDocument } from "../../oci/document.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { PlatformChooser } from "../../storage/repository.ts";
import { isImage, selectImages, type Selection, type SelectOptions } from "./select_images.ts";

/** Options of {@linkcode selectForTarget}. */
export interface SelectForTargetOptions extends SelectOptions {
  readonly target: PlatformChooser & { readonly name: string };
}

/**
 * Selects the images for some platforms. A target that holds no index gets one image: that of the requested platform, or else of its own.
 *
 * @throws {RangeError} if several images are left.
 */
export async function selectForTarget(
  document: Document,
  requested: readonly Platform[],
  options: SelectForTargetOptions,
): Promise<Selection> {
  const { target, group: { signal } } = options;
  const parsed = parseDocument(document);
  if (target.imagePlatform === undefined || parsed.kind === "manifest") {
    return await selectImages(document, requested, options);
  }
  const listed = parsed.index.manifests.filter(isImage).flatMap(({ platform }) => platform ?? []);
  const names = [...new Set(listed.map(formatPlatform))];
  const own = requested.length > 0
    ? requested
    : [await target.imagePlatform({ signal }) ?? (names.length === 1 ? listed[0] : undefined)]
      .filter((platform) => platform !== undefined);
  const selection = own.length === 0 ? undefined : await selectImages(document, own, options);
  if (selection !== undefined && parseDocument(selection.document).kind === "manifest") {
    return selection;
  }
  throw new RangeError(
    `Cannot put several images into "${target.name}", which holds no index: name one platform; there are ${
      names.join(", ")
    }`,
  );
}
