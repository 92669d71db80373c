/** The changes to the images of a base, and what their steps share. */

import type { BasePair } from "../../oci/base_pair.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { ConfigEdit } from "../../oci/config_edit.ts";
import type { Warning } from "../../storage/warning.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import type { BaseImages } from "../bases/base_images.ts";
import type { ConfigUpload } from "./config_upload.ts";
import type { ImageLayers } from "./layer_store.ts";

/** Changes to an image. */
export interface ImageChange {
  /** Changes to how the image runs. */
  readonly edit: ConfigEdit;
  /** Creation time of the new image. */
  readonly created: Date;
  /** Author of the new image. */
  readonly author?: string | undefined;
  /** Comment of the new history entries. */
  readonly comment?: string | undefined;
  /** `created_by` of the history entries; undefined for the own words of each layer and each change. */
  readonly createdBy?: string | undefined;
  /** The name of the layers that are replaced. */
  readonly replace?: string | undefined;
  /** The pair that names the base; "keep" keeps the pair of the base. */
  readonly basePair: BasePair | "keep";
  /** Annotations of the manifests and the index to set; null removes one. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
}

/** What the steps of changing an image share. */
export interface BuildContext {
  readonly copy: CopyContext;
  readonly change: ImageChange;
  /** The images of the base. */
  readonly base: BaseImages;
  /** Their new layers. */
  readonly layers: ImageLayers;
  /** Starts the upload of one config. */
  readonly uploadConfig: () => ConfigUpload;
  /** Whether an image that gets no layer stays as it is; otherwise it gets a new config. */
  readonly keepsUnchanged: boolean;
  /** Whether an image that already ends with the new layers stays as it is. */
  readonly keepsPresent: boolean;
  /** Whether an image starts with the layers of the base that a pair names. */
  readonly isStillBase: (pair: BasePair, image: ImageConfig) => Promise<boolean>;
  readonly warn: (warning: Warning) => void;
}
