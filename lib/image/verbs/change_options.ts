/** Options of the verbs that change an image. */

import type { OptionNames } from "../../base/check_options.ts";
import type { ReadBase } from "../../layer/base/base_questions.ts";
import type { LayerFormat } from "../../layer/compression/codec.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import type { Platform } from "../../oci/platform.ts";
import { CONFIG_EDIT_OPTIONS, type ConfigEdit } from "../../oci/config_edit.ts";
import { ACCESS_OPTIONS, type AccessOptions } from "../access/access.ts";

/** Options of every verb that changes an image. */
export interface ChangeOptions extends ConfigEdit, AccessOptions {
  /**
   * Images of an index to change and keep, as `OS/ARCH[/VARIANT]`. A single one comes out without an index. For `scratch`, what
   * the new image is for.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the result, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Creation time of the image.
   *
   * @default now
   */
  readonly created?: Date | undefined;
  /** Author of the image. */
  readonly author?: string | undefined;
  /** Annotations of the manifests and of the index, unless that is Docker's, to set; null takes one out. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Whether the annotations `org.opencontainers.image.base.name` and `.digest` name the base: labels, in Docker's own format. What names
   * the base of the base stays where the target is the base's own tag.
   *
   * @default {true}
   */
  readonly baseAnnotations?: boolean | undefined;
  /** Comment of the new history entries. */
  readonly comment?: string | undefined;
  /**
   * `created_by` of the new history entries.
   *
   * @default what was done, as in `ADD dist /srv` and `ENV MODE=production`
   */
  readonly createdBy?: string | undefined;
  /**
   * Read and plan, and send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** The names of all {@linkcode ChangeOptions}. */
export const changeOptionNames = (): OptionNames<ChangeOptions> => ({
  ...ACCESS_OPTIONS,
  ...CONFIG_EDIT_OPTIONS,
  platforms: true,
  tags: true,
  created: true,
  author: true,
  annotations: true,
  baseAnnotations: true,
  comment: true,
  createdBy: true,
  dryRun: true,
});

/** Layers and how they are packed. */
export interface LayerOptions {
  /**
   * Layers, from the lowest up. One that differs by platform is an object with a function that gives the layer for the image of a
   * platform, and throws where there is none; what is one and the same object for several platforms is packed once for them.
   */
  readonly layers: readonly (
    | LayerInput
    | { readonly forPlatform: (platform: Platform) => LayerInput | Promise<LayerInput> }
  )[];
  /**
   * Layers that lie in registries, each as `REPOSITORY[:TAG]@sha256:…` with the layer's own digest: they are mounted or copied as they are,
   * and lie below all others. With a tag, the image of that name says what must be known of the layer; without, it is read once.
   *
   * @default none
   */
  readonly layersFrom?: readonly string[] | undefined;
  /**
   * An image whose own layers, those above its base, are taken as they are, below the ones of `layersFrom`: of each platform those of the
   * image for it.
   *
   * @default none
   */
  readonly layersOf?: string | undefined;
  /**
   * The base of `layersOf`: a reference, `oci:DIR[:TAG]` or `scratch`.
   *
   * @default what that image names as its base
   */
  readonly from?: string | undefined;
  /**
   * How the new layers are compressed. "keep" sends compressed input as it came and compresses plain input with gzip. "zstd:chunked" and
   * "estargz" make layers with a table of contents, which engines can pull lazily; the image becomes an OCI image.
   *
   * @default {"keep"}
   */
  readonly compression?: LayerFormat | "keep" | undefined;
  /**
   * gzip 1 to 9, zstd 1 to 22.
   *
   * @default the codec's own
   */
  readonly compressionLevel?: number | undefined;
  /**
   * How much of the base's layers may be read, nothing of their content being kept, so that the new ones lie on them as `COPY` would put
   * them: a directory above an entry keeps its owner and mode, links on the way are followed, and a file that is added onto a directory
   * goes into it. "auto" asks where the answer can matter, and reads 64 MiB at the most; "all" or true asks everything, of archives that
   * came compressed too; "none" or false nothing.
   *
   * @default {"auto"}
   */
  readonly readBase?: boolean | ReadBase | undefined;
  /**
   * Bytes of the base's compressed layers that "auto" may read, for all images together.
   *
   * @default {67108864} on Deno, Bun and Node, {8388608} elsewhere
   */
  readonly readBaseLimit?: number | undefined;
  /**
   * A name for the layers. Those that an earlier run made under it are replaced, in their place; without any, the new ones are put on
   * top. Where nothing else changes either, nothing is written, and the target gets the base. A layer of `syncFiles` alone is kept as two
   * at most: the one that was made whole, and above it what is different by now, as long as that is no more than half as large.
   *
   * @default none
   */
  readonly replace?: string | undefined;
}

/** The names of all {@linkcode LayerOptions}. */
export const LAYER_OPTIONS: OptionNames<LayerOptions> = {
  layers: true,
  layersFrom: true,
  layersOf: true,
  from: true,
  compression: true,
  compressionLevel: true,
  readBase: true,
  readBaseLimit: true,
  replace: true,
};
