/** How the new layers of an image are stored, and what of the base they are aligned with. */

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

/** Bytes of the base that are read at most where no host says otherwise: Workers and browsers have little time and memory. */
const WEB_READ_BASE_LIMIT = 8 * 1024 * 1024;

/** What is known of the new layers before anything is read. */
export interface LayersPlan {
  readonly to: Target;
  readonly change: Pick<ChangeOptions, "onProgress" | "dryRun">;
  readonly layers: LayerOptions;
  /** Layers of registries. */
  readonly taken: LayersTaken | undefined;
}

/** Makes the options of a store of layers. */
export function layerStoreOptions(
  plan: LayersPlan,
  { access, copy, images, taking }: {
    readonly access: Access;
    readonly copy: CopyContext;
    /** What the new layers lie on. */
    readonly images: Pick<BaseImages, "all">;
    /** The same, where the images take layers. */
    readonly taking: TakingImages | undefined;
  },
): LayerStoreOptions {
  const { to, layers, change, taken } = plan;
  const { source, target: repository, group } = copy;
  const { onProgress } = change;
  const { compression, compressionLevel, readBase, readBaseLimit } = layers;
  const { cache } = access.host;
  // What a repository says of a layer, and was not verified, does not count for that of another one.
  const place = [source.name, ...(taken === undefined ? [] : namesOf(taken))].join(" ");
  const mode = parseReadBase(readBase);
  const align = mode === "none" ? undefined : {
    images,
    source: taking?.source(source) ?? source,
    // Below a layer that goes, the image is another one, and with layers that are taken, too.
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
 * Reads how much of the base may be asked.
 *
 * @throws {TypeError} if it is none of the words for it.
 */
export function parseReadBase(readBase: LayerOptions["readBase"]): ReadBase {
  if (readBase === undefined) return "auto";
  if (typeof readBase === "boolean") return readBase ? "all" : "none";
  if (["all", "auto", "none"].includes(readBase)) return readBase;
  throw new TypeError(
    `Cannot read the base: expected all, auto or none, got ${JSON.stringify(readBase)}`,
  );
}
