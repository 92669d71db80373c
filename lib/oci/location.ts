/** Locations: where an image is, or is to be. */

import { type Digest, isDigest } from "./digest.ts";
import {
  formatReference,
  isTag,
  parseReference,
  type Reference,
  tagOrDigest,
} from "./reference.ts";

/** A registry's image, an image in an OCI layout directory, or the empty image. */
export type Location =
  | { readonly kind: "registry"; readonly reference: Reference }
  | {
    readonly kind: "layout";
    /** A directory, as the system writes it. */
    readonly path: string;
    readonly tag?: string;
    readonly digest?: Digest;
  }
  | { readonly kind: "scratch" };

const LAYOUT = "oci:";

/**
 * Reads `scratch`, `oci:DIR[:TAG][@DIGEST]` or a reference. In a layout the tag is what follows the last colon, if it can be a tag:
 * `oci:C:\images:1` is the tag `1` in `C:\images`.
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

  const colon = path.lastIndexOf(":");
  const last = path.slice(colon + 1);
  // A colon with a separator after it belongs to the path: a drive letter, or a directory's name.
  const tag = colon >= 0 && !/[\\/]/.test(last) ? last : undefined;
  if (tag !== undefined) {
    if (!isTag(tag)) throw refuse(`${JSON.stringify(tag)} is not a tag`);
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
