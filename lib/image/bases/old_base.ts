/** Finds the base that an image was made of. */

import { readBasePair } from "../../oci/base_pair.ts";
import { configPlatform, emptyConfig, type ImageConfig } from "../../oci/config.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import { isBasedOn } from "../../oci/rebase_config.ts";
import {
  formatLocation,
  type Location,
  locationReference,
  parseLocation,
} from "../../storage/location.ts";
import type { Repository } from "../../storage/repository.ts";
import type { Access } from "../access/access.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { type ImageFor, readImageFor } from "./image_for.ts";

/** Options of {@linkcode readOldBase}. */
export interface OldBaseOptions {
  readonly access: Access;
  /** The image's repository, and the tasks. */
  readonly copy: Pick<CopyContext, "source" | "group">;
  /** The old base; undefined for the one that the image names. */
  readonly old: Location | undefined;
}

/** The base that an image was made of. */
export interface OldBase {
  readonly config: ImageConfig;
  /** Absent for the empty image. */
  readonly manifest?: Manifest;
  /** What messages call it. */
  readonly name: string;
}

/**
 * Reads the base of an image, for its platform.
 *
 * @param what The start of messages, such as `Cannot rebase "sha256:…" of ghcr.io/acme/app`.
 * @throws {SyntaxError} if the image does not name its base, and no other was named.
 * @throws {RangeError} if the base has no image for the platform, or its layers are not the image's first.
 */
export async function readOldBase(
  what: string,
  image: Pick<ImageFor, "manifest" | "config">,
  { access, copy: { source, group: { signal } }, old }: OldBaseOptions,
): Promise<OldBase> {
  const { location, reference, repository } = locate(image, source, { access, old }) ?? {};
  if (location?.kind === "scratch") {
    return { config: emptyConfig({ os: "", architecture: "" }), name: "scratch" };
  }
  if (repository === undefined || reference === undefined) {
    throw new SyntaxError(`${what}: it does not name its base; name the old one (option from)`);
  }
  const platform = configPlatform(image.config);
  const found = await readImageFor(platform, reference, { source: repository, signal });
  if (found === undefined) throw noImage(what, platform, `its old base in "${repository.name}"`);
  const name = location === undefined ? reference : formatLocation(location);
  if (isBasedOn(image.config, found.config)) return { ...found, name };
  throw new RangeError(`${what}: its first layers are not those of its old base "${name}"`);
}

/** The base that the caller or the image names. */
interface FoundBase {
  readonly location?: Location;
  readonly reference?: string;
  readonly repository?: Repository;
}

function locate(
  { manifest, config }: Pick<ImageFor, "manifest" | "config">,
  source: Repository,
  { access, old }: Pick<OldBaseOptions, "access" | "old">,
): FoundBase | undefined {
  if (old?.kind === "scratch") return { location: old };
  if (old !== undefined) {
    return {
      location: old,
      reference: locationReference(old),
      repository: access.open(old, "pull"),
    };
  }
  const pair = readBasePair(manifest, config);
  if (pair === undefined) return undefined;
  // A base without a name is looked for beside the image.
  if (pair.name === undefined) return { reference: pair.digest, repository: source };
  const location = parseLocation(pair.name);
  if (location.kind !== "registry") return undefined;
  return { location, reference: pair.digest, repository: access.open(location, "pull") };
}

/** The error for a base that has no image for a platform. */
export function noImage(what: string, platform: Platform | undefined, where: string): RangeError {
  return new RangeError(
    `${what}: ${where} has no image for ${
      platform ? `"${formatPlatform(platform)}"` : "its platform"
    }`,
  );
}
