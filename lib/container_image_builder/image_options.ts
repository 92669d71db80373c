/** Options of the `Image` builder. */

import type { OptionNames } from "../base/check_options.ts";
import { ACCESS_OPTIONS, type AccessOptions } from "../image/access/access.ts";
import type { AuthConfig } from "./auth_config.ts";

/** Options of `Image`. */
export interface ImageOptions extends Omit<AccessOptions, "credentials"> {
  /** Credentials by registry, or by registry and the beginning of the repository's path. */
  readonly auth?: AuthConfig | undefined;
  /**
   * The platform of the image that is taken of an index, as `OS/ARCH[/VARIANT]`.
   *
   * @default {"linux/amd64"}, unless the index has only one image
   */
  readonly platform?: string | undefined;
  /**
   * Creation time of the image.
   *
   * @default the time of `save`
   */
  readonly created?: Date | undefined;
}

/** Options of `Image.sync`. */
export interface SyncOptions {
  /**
   * Whether layers with urls are copied too. Those of a foreign media type never are.
   *
   * @default {true}
   */
  readonly copyRemoteLayers?: boolean | undefined;
  /**
   * Whether layers are copied even if the target has them.
   *
   * @default {false}
   */
  readonly ignoreExists?: boolean | undefined;
}

/** Options of `Image.save`; they override the properties of the same name. */
export interface SaveOptions extends SyncOptions {
  /** Replaces the command. */
  readonly Cmd?: readonly string[] | undefined;
  /** Adds variables, each as `NAME=value`. */
  readonly Env?: readonly string[] | undefined;
  /** Replaces the working directory. */
  readonly WorkingDir?: string | undefined;
}

/** The names of all {@linkcode ImageOptions}. */
export const imageOptionNames = (): OptionNames<ImageOptions> => {
  const { credentials: _, ...reach } = ACCESS_OPTIONS;
  return { ...reach, auth: true, platform: true, created: true };
};

/** The names of all {@linkcode SyncOptions}. */
export const SYNC_OPTIONS: OptionNames<SyncOptions> = {
  copyRemoteLayers: true,
  ignoreExists: true,
};

/** The names of all {@linkcode SaveOptions}. */
export const saveOptionNames = (): OptionNames<SaveOptions> => ({
  ...SYNC_OPTIONS,
  Cmd: true,
  Env: true,
  WorkingDir: true,
});
