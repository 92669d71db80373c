/** Options to store the new layers of an image, and to align them with the base. */

import type { ReadBase } from "../../layer/base/base_questions.ts";
import type { DirectoryAttributes } from "../../layer/base/listed_entry.ts";
import { ListingCache } from "../../layer/base/listing_cache.ts";
import type { Access } from "../access/access.ts";
import type { BaseImages } from "../bases/base_images.ts";
import type { LayerStoreOptions } from "../update/layer_store.ts";
import type { TakingImages } from "../taken/taken_layers.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import type { ChangeOptions, LayerOptions } from "./change_options.ts";
import { type LayersTaken, namesOf } from "../taken/parse_layers_taken.ts";
import type { Target } from "./target.ts";

/** The most bytes of the base that are read without a host: Workers and browsers have little time and memory. */
const WEB_READ_BASE_LIMIT = 8 * 1024 * 1024;

/** The part of an {@linkcode ImagePlan} that concerns layers. */
export interface LayersPlan {
  readonly to: Target;
  readonly change: Pick<ChangeOptions, "onProgress" | "dryRun">;
  readonly layers: LayerOptions;
  /** Layers of repositories. */
  readonly taken: LayersTaken | undefined;
}

/** Makes the options of a {@linkcode LayerStore}. */
export function layerStoreOptions(
  plan: LayersPlan,
  { access, copy, images, taking }: {
    readonly access: Access;
    readonly copy: CopyContext;
    /** The images that the new layers go on. */
    readonly images: Pick<BaseImages, "all">;
    /** The same, if the images take layers of repositories. */
    readonly taking: TakingImages | undefined;
  },
): LayerStoreOptions {
  const { to, layers, change, taken } = plan;
  const { source, target: repository, group } = copy;
  const { onProgress } = change;
  const { compression, compressionLevel, readBase, readBaseLimit } = layers;
  const { cache, collectGarbage } = access.host;
  // Listings that were not verified are used for the same repositories only.
  const place = [source.name, ...(taken === undefined ? [] : namesOf(taken))].join(" ");
  const mode = parseReadBase(readBase);
  const align = mode === "none" ? undefined : {
    images,
    source: taking?.source(source) ?? source,
    // The files are those of the whole image, not of its part below replaced layers, nor with taken layers.
    openFiles: layers.replace === undefined && taken === undefined
      ? source.openFiles?.bind(source)
      : undefined,
    codec: access.codec,
    createHasher: access.createHasher,
    group,
    readBase: mode,
    limit: mode === "all"
      ? Infinity
      : readBaseLimit ?? access.host.readBaseLimit ?? WEB_READ_BASE_LIMIT,
    cache: cache && new ListingCache(cache, place),
    collectGarbage,
    onProgress,
    onAssumed: (path: string, { uid, gid, mode }: DirectoryAttributes) =>
      access.warn({
        code: "assumed-directory",
        path,
        message:
          `The directory "/${path}" gets the owner and mode of the one above it (${uid}:${gid}, 0${
            mode.toString(8)
          }), as if it were made with that: layers that lie deeper, and could say otherwise, were not read`,
        hint: { kind: "read-base" },
      }),
    onUnknown: (path: string) =>
      access.warn({
        code: "unknown-directory",
        path,
        engines: ["Docker", "Podman"],
        message:
          `The directory "/${path}" gets no entry: how much of the base was read does not tell whose it is, and Docker's overlay2 and Podman make it root's, with mode 0755`,
        hint: { kind: "read-base" },
      }),
  };
  const mayConfirm = to.location.kind === "registry" && change.dryRun !== true;
  return {
    store: { repository, access, group, compression, compressionLevel, onProgress, mayConfirm },
    align,
  };
}

/**
 * Parses the option `readBase`.
 *
 * @throws {TypeError} if it has another value.
 */
export function parseReadBase(readBase: LayerOptions["readBase"]): ReadBase {
  if (readBase === undefined) return "auto";
  if (typeof readBase === "boolean") return readBase ? "all" : "none";
  if (["all", "auto", "none"].includes(readBase)) return readBase;
  throw new TypeError(
    `Cannot read the base: expected all, auto or none, got ${JSON.stringify(readBase)}`,
  );
}
