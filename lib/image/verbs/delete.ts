/** Deletes a tag, or an image by its digest. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { RegistryError } from "../../registry/http/registry_error.ts";
import {
  formatLocation,
  type Location,
  locationNames,
  parseLocation,
} from "../../storage/location.ts";
import type { Repository } from "../../storage/repository.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";

/** Options of {@linkcode deleteImage}. */
export interface DeleteOptions extends AccessOptions {
  /**
   * Whether to delete nothing: the image is only looked for.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** Result of {@linkcode deleteImage}. */
export interface DeleteResult {
  /** Location of what was deleted, in full. */
  readonly name: string;
  /** Whether a tag alone was deleted, or a manifest, with its tags. */
  readonly deleted: "tag" | "manifest";
  /** Digest of the manifest or index. */
  readonly digest: Digest;
  /** Warnings, each once. */
  readonly warnings: readonly string[];
  /** Present in a dry run: nothing was deleted. */
  readonly dryRun?: true;
}

const optionNames = (): OptionNames<DeleteOptions> => ({ ...ACCESS_OPTIONS, dryRun: true });

/** Statuses of registries that do not delete tags. */
const REFUSALS: readonly (number | undefined)[] = [400, 405, 415, 501];
/** Error codes of such registries, under other statuses. */
const REFUSAL_CODES = ["UNSUPPORTED", "DIGEST_INVALID"];

/** Implements `deleteImage` of the main entry, with the host in the options. */
export async function deleteImage(
  reference: string,
  options: DeleteOptions = {},
): Promise<DeleteResult> {
  checkOptions(options, optionNames(), "deleteImage()");
  const { dryRun = false, signal } = options;
  const location = parseLocation(reference);
  const name = nameToDelete(reference, location);
  requireLocation("delete REFERENCE", location);
  return await withAccess(options, async (access) => {
    const repository = access.open(location, "pull");
    const { deleteManifest } = repository;
    if (deleteManifest === undefined) {
      throw new TypeError(`Cannot delete "${reference}": no image can be deleted there`);
    }
    // If it is missing, the error of a read says more.
    const digest = await repository.headManifest(name, { signal }) ??
      (await repository.getManifest(name, { signal })).digest;
    if (!dryRun) {
      // A tag is never deleted by its digest, which would delete all tags of the image.
      await deleteManifest.call(repository, name, { signal })
        .catch((error) => Promise.reject(withAdvice(error, { name, digest, repository })));
    }
    return {
      name: formatLocation(location),
      deleted: isDigest(name) ? "manifest" : "tag",
      digest,
      warnings: access.warnings.map(({ message }) => message),
      ...(dryRun ? { dryRun } : {}),
    };
  });
}

/**
 * The tag or digest to delete.
 *
 * @throws {SyntaxError} if neither is named, or both are.
 */
export function nameToDelete(text: string, location: Location = parseLocation(text)): string {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot delete "${text}": ${reason}`);
  if (location.kind === "scratch") throw refuse("it is the empty image, and only a base");
  const { tag, digest } = locationNames(location);
  if (tag !== undefined && digest !== undefined) {
    throw refuse("it names a tag and a digest; name the one that is to go");
  }
  // A name without a tag stands for "latest", which must be named to be deleted.
  const isSaid = location.kind !== "registry" || /[:@]/.test(text.slice(text.lastIndexOf("/")));
  const name = digest ?? tag;
  if (name === undefined || !isSaid) throw refuse("name the tag or digest that is to go");
  return name;
}

interface Refused {
  readonly name: string;
  readonly digest: Digest;
  readonly repository: Repository;
}

/** Adds a hint to the error of a registry that deletes no tags, as many do. */
function withAdvice(error: unknown, { name, digest, repository }: Refused): unknown {
  if (!(error instanceof RegistryError) || isDigest(name)) return error;
  const { message, method, url, status, errors, codes, cause } = error;
  const isRefused = REFUSALS.includes(status) || codes.some((code) => REFUSAL_CODES.includes(code));
  if (!isRefused) return error;
  return new RegistryError(`${message}; it seems to delete no tags`, {
    method,
    url,
    status,
    errors,
    cause,
    hint: { kind: "delete-by-digest", name: `${repository.name}@${digest}` },
  });
}
