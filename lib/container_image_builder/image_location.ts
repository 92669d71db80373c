/** Image names as objects, as `container-image-builder` parsed them. */

import { checkOptions, type OptionNames } from "../base/check_options.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import { type Location, parseLocation } from "../storage/location.ts";

/** The parts of an image's name. */
export interface ImageLocation {
  /** `ghcr.io`, `localhost:5000`; `docker.io` and `index.docker.io` are the same. */
  readonly registry: string;
  /** The repository's path without its last part: `acme`, `library`. */
  readonly namespace?: string | undefined;
  /** The last part of the repository's path. */
  readonly image?: string | undefined;
  /**
   * A tag.
   *
   * @default {"latest"}, if there is no digest
   */
  readonly tag?: string | undefined;
  /** A manifest's digest. */
  readonly digest?: string | undefined;
  /** Changes nothing: see the option `plainHttp`. */
  readonly protocol?: string | undefined;
}

const PARTS: OptionNames<ImageLocation> = {
  registry: true,
  namespace: true,
  image: true,
  tag: true,
  digest: true,
  protocol: true,
};

/**
 * Converts an image's name to a location.
 *
 * @throws {SyntaxError} if it is invalid.
 * @throws {TypeError} if the object has unknown fields.
 */
export function toLocation(image: string | ImageLocation): Location {
  return typeof image === "string"
    ? parseLocation(image)
    : { kind: "registry", reference: toReference(image) };
}

/**
 * Converts an image's name to a reference.
 *
 * @throws {SyntaxError} if it is invalid.
 * @throws {TypeError} if the object has unknown fields.
 */
export function toReference(image: string | ImageLocation): Reference {
  if (typeof image === "string") return parseReference(image);
  checkOptions(image, PARTS, "client()");
  const { registry, namespace, image: name, tag, digest } = image;
  const path = [registry, namespace, name].filter((part) => part).join("/");
  return parseReference(`${path}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`);
}
