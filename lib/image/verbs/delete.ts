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
   * Look for it, and delete nothing.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** Result of {@linkcode deleteImage}. */
export interface DeleteResult {
  /** Location of what was deleted, in full. */
  readonly name: string;
  /** What was deleted: a tag alone, or a manifest, with which its tags go. */
  readonly deleted: "tag" | "manifest";
  /** Digest of the manifest or index. */
  readonly digest: Digest;
  /** Warnings, each once. */
  readonly warnings: readonly string[];
  /** Present in a dry run: nothing was deleted. */
  readonly dryRun?: true;
}

const optionNames = (): OptionNames<DeleteOptions> => ({ ...ACCESS_OPTIONS, dryRun: true });

/** Statuses by which registries say that they do not delete tags. */
const REFUSALS: readonly (number | undefined)[] = [400, 405, 415, 501];
/** Codes by which they do so under other statuses. */
const REFUSAL_CODES = ["UNSUPPORTED", "DIGEST_INVALID"];

/** What `deleteImage` of the main entry does, with no host but the one that it is given. */
export async function deleteImage(
  reference: string,
  options: DeleteOptions = {},
): Promise<DeleteResult> {
  checkOptions(options, optionNames(), "deleteImage()");
  const { dryRun = false, signal } = options;
  const location = parseLocation(reference);
  const name = meantName(reference, location);
  requireLocation("delete REFERENCE", location);
  return await withAccess(options, async (access) => {
    const repository = access.open(location, "pull");
    const { deleteManifest } = repository;
    if (deleteManifest === undefined) {
      throw new TypeError(`Cannot delete "${reference}": no image can be deleted there`);
    }
    // To read it says more about what is not there.
    const digest = await repository.headManifest(name, { signal }) ??
      (await repository.getManifest(name, { signal })).digest;
    if (!dryRun) {
      // A tag is never deleted by its digest: that would take all other tags of the image along.
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
 * The tag or digest that is to be deleted.
 *
 * @throws {SyntaxError} if it is not said, or there are both.
 */
export function meantName(text: string, location: Location = parseLocation(text)): string {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot delete "${text}": ${reason}`);
  if (location.kind === "scratch") throw refuse("it is the empty image, and only a base");
  const { tag, digest } = locationNames(location);
  if (tag !== undefined && digest !== undefined) {
    throw refuse("it names a tag and a digest; name the one that is to go");
  }
  // "latest" is what a name without a tag stands for, but hardly what is to be deleted.
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

/** Adds what can be done to the error of a registry that deletes no tags, as many do. */
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
