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
   * Images of an index to change and keep, as `OS/ARCH[/VARIANT]`. A single one is taken out of the index. For `scratch`, the platforms
   * of the new image.
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
  /** Annotations to set on the manifests, and on the index unless that is Docker's; null removes one. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Whether to set the annotations `org.opencontainers.image.base.name` and `.digest`, or labels in Docker's own format. If the target is
   * the base's own tag, the base's annotations stay.
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
   * Whether to send nothing: the result tells what would be sent.
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
   * Layers, from the lowest up. One that differs by platform is an object with a function that gives the layer for a platform, and throws
   * if there is none. An object that is given for several platforms is packed once.
   */
  readonly layers: readonly (
    | LayerInput
    | { readonly forPlatform: (platform: Platform) => LayerInput | Promise<LayerInput> }
  )[];
  /**
   * Layers of repositories, each as `REPOSITORY[:TAG]@sha256:…` with the layer's own digest. They are mounted or copied, and put below all
   * others. With a tag, the layer's diffId is taken from the tagged image; without, the layer is read once.
   *
   * @default none
   */
  readonly layersFrom?: readonly string[] | undefined;
  /**
   * An image whose own layers, those above its base, are mounted or copied, and put below those of `layersFrom`; for each platform those of
   * the image for it.
   *
   * @default none
   */
  readonly layersOf?: string | undefined;
  /**
   * The base of `layersOf`: a reference, `oci:DIR[:TAG]` or `scratch`.
   *
   * @default the base that the image names
   */
  readonly from?: string | undefined;
  /**
   * How the new layers are compressed. "keep" keeps compressed input byte for byte and compresses plain input with gzip. "zstd:chunked" and
   * "estargz" make layers with a table of contents, which engines can pull lazily; the image becomes an OCI image.
   *
   * @default {"keep"}
   */
  readonly compression?: LayerFormat | "keep" | undefined;
  /**
   * Level of the compression: gzip 1 to 9, zstd 1 to 22.
   *
   * @default the codec's own
   */
  readonly compressionLevel?: number | undefined;
  /**
   * How much of the base's layers may be read, so that entries are put into the image as by `COPY`: a directory above an entry keeps its
   * owner and mode, links on the way are followed, and a file that is added onto a directory goes into it. "auto" reads where the answer
   * can matter, and at most `readBaseLimit`; "all" or true reads all that is needed, also for compressed archives; "none" or false reads
   * nothing. No contents are kept.
   *
   * @default {"auto"}
   */
  readonly readBase?: boolean | ReadBase | undefined;
  /**
   * The most bytes of the base's compressed layers that "auto" reads, for all images together.
   *
   * @default {67108864} on Deno, Bun and Node, {8388608} elsewhere
   */
  readonly readBaseLimit?: number | undefined;
  /**
   * A name for the layers. Layers that an earlier run made under it are replaced; if there are none, the new ones are put on top. If
   * nothing changes at all, the target gets the base. A single layer of `syncFiles` becomes at most two: a whole one, and above it the
   * difference since then, as long as that is at most half as large.
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
