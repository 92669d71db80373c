/** Locations: where an image is, or is to be. */

import { type Digest, isDigest } from "../oci/digest.ts";
import {
  formatReference,
  isTag,
  parseReference,
  type Reference,
  tagOrDigest,
} from "../oci/reference.ts";

/** A registry's image, an image in an OCI layout directory, or the empty image. */
export type Location =
  | { readonly kind: "registry"; readonly reference: Reference }
  | {
    readonly kind: "layout";
    /** A directory, as the system writes it. */
    readonly path: string;
    /** A tag, or a whole name such as `example.com/app:1`. */
    readonly tag?: string;
    readonly digest?: Digest;
  }
  | { readonly kind: "scratch" };

/** Where images can be written. */
export type ImageLocation = Exclude<Location, { readonly kind: "scratch" }>;

const LAYOUT = "oci:";
/** What an image in a layout may be called besides a tag (OCI image spec 1.1, annotations.md, `org.opencontainers.image.ref.name`). */
const LAYOUT_NAME =
  /^[a-z0-9]+(?:(?:[-._:@+]|--)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[-._:@+]|--)[a-z0-9]+)*)*$/i;

/**
 * Reads `scratch`, `oci:DIR[:NAME][@DIGEST]` or a reference. In a layout the directory ends at the first colon, as for Skopeo and Podman,
 * whose names may hold colons and slashes. One before a slash or backslash is the directory's own: `oci:C:\images:1` is the tag `1` in
 * `C:\images`.
 *
 * @throws {SyntaxError} if it is none of them.
 */
export function parseLocation(text: string): Location {
  if (text === "scratch") return { kind: "scratch" };
  if (text.startsWith(LAYOUT)) return parseLayout(text);
  return { kind: "registry", reference: parseReference(text) };
}

/** Writes a location; {@linkcode parseLocation} reads the same back. */
export function formatLocation(location: Location): string {
  switch (location.kind) {
    case "scratch":
      return "scratch";
    case "registry":
      return formatReference(location.reference);
    case "layout":
      return `${LAYOUT}${location.path}${location.tag === undefined ? "" : `:${location.tag}`}${
        location.digest === undefined ? "" : `@${location.digest}`
      }`;
  }
}

/**
 * What a repository is asked for. A layout without a tag is asked for its only image, which is the empty string; `scratch` is
 * `latest`.
 */
export function locationReference(location: Location): string {
  switch (location.kind) {
    case "scratch":
      return "latest";
    case "registry":
      return tagOrDigest(location.reference);
    case "layout":
      return location.digest ?? location.tag ?? "";
  }
}

/** The place of a location, without its digest: that says what is there, not what will be. */
export function withoutDigest(location: Location): Location {
  switch (location.kind) {
    case "scratch":
      return location;
    case "layout": {
      const { digest: _digest, ...place } = location;
      return place;
    }
    case "registry": {
      const { digest: _digest, ...reference } = location.reference;
      return { kind: "registry", reference };
    }
  }
}

/** The image of another tag in the place of a location. */
export function withTag(location: ImageLocation, tag: string): ImageLocation {
  if (location.kind === "layout") return { kind: "layout", path: location.path, tag };
  const { registry, repository } = location.reference;
  return { kind: "registry", reference: { registry, repository, tag } };
}

function parseLayout(text: string): Location {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot parse ${JSON.stringify(text)} as an OCI layout: ${reason}`);

  let path = text.slice(LAYOUT.length);
  const at = path.lastIndexOf("@");
  const suffix = path.slice(at + 1);
  const digest = at >= 0 && isDigest(suffix) ? suffix : undefined;
  if (digest !== undefined) path = path.slice(0, at);
  else if (/^sha(?:256|512):/.test(suffix) && at >= 0) {
    throw refuse(`${JSON.stringify(suffix)} is not a digest`);
  }

  const colon = path.search(/:(?![\\/])/);
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (tag !== undefined) {
    if (!isTag(tag) && !LAYOUT_NAME.test(tag)) {
      throw refuse(
        `${JSON.stringify(tag)} is not a tag or a name, and the directory ends at the first ":"`,
      );
    }
    path = path.slice(0, colon);
  }
  if (path === "") throw refuse("the directory is missing");
  return {
    kind: "layout",
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}
