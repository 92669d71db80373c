/** Locations: where an image is, or is to be. */

import { type Digest, isDigest } from "../oci/digest.ts";
import {
  formatFamiliarReference,
  formatReference,
  isTag,
  parseReference,
  type Reference,
  tagOrDigest,
} from "../oci/reference.ts";

/** Where an image is: in a registry, in a directory or a file of this machine, or in an engine on it. `scratch` is the empty image. */
export type Location =
  | { readonly kind: "registry"; readonly reference: Reference }
  | LayoutLocation<"layout">
  | LayoutLocation<"oci-archive">
  | {
    readonly kind: "docker-archive";
    /** A file, as the system writes it; `-` is standard input or output. */
    readonly path: string;
    /** The name that the image has in the archive, without a digest. */
    readonly reference?: Reference;
    /** Digest of the image's config or manifest. */
    readonly digest?: Digest;
  }
  | {
    readonly kind: "docker-daemon";
    /** The image's name; its digest is the image's identifier in the engine. */
    readonly reference: Reference;
  }
  | { readonly kind: "scratch" };

/** Where images can be written. */
export type ImageLocation = Exclude<Location, { readonly kind: "scratch" }>;

/** An image in an OCI image layout: in a directory, or in an archive of one. */
export interface LayoutLocation<Kind> {
  readonly kind: Kind;
  /** A directory or a file, as the system writes it; for an archive, `-` is standard input or output. */
  readonly path: string;
  /** A tag, or a whole name such as `example.com/app:1`. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/** The beginnings of locations, which are Skopeo's. */
const PREFIXES = {
  layout: "oci:",
  "oci-archive": "oci-archive:",
  "docker-archive": "docker-archive:",
  "docker-daemon": "docker-daemon:",
} as const;

/** What an image in a layout may be called besides a tag (OCI image spec 1.1, annotations.md, `org.opencontainers.image.ref.name`). */
const LAYOUT_NAME =
  /^[a-z0-9]+(?:(?:[-._:@+]|--)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[-._:@+]|--)[a-z0-9]+)*)*$/i;

/**
 * Reads `scratch`, `oci:DIR[:NAME][@DIGEST]`, `oci-archive:FILE[:NAME][@DIGEST]`, `docker-archive:FILE[:NAME[:TAG]][@DIGEST]`,
 * `docker-daemon:NAME[:TAG][@DIGEST]` or a reference. A directory or file ends at the first colon, as for Skopeo and Podman, whose names
 * may hold colons and slashes. One before a slash or backslash is the path's own: `oci:C:\images:1` is the tag `1` in `C:\images`.
 *
 * @throws {SyntaxError} if it is none of them.
 */
export function parseLocation(text: string): Location {
  if (text === "scratch") return { kind: "scratch" };
  if (text.startsWith(PREFIXES.layout)) return parseLayout(text, "layout");
  if (text.startsWith(PREFIXES["oci-archive"])) return parseLayout(text, "oci-archive");
  if (text.startsWith(PREFIXES["docker-archive"])) return parseDockerArchive(text);
  if (text.startsWith(PREFIXES["docker-daemon"])) {
    return { kind: "docker-daemon", reference: parseEngineName(text) };
  }
  return { kind: "registry", reference: parseReference(text) };
}

/** Writes a location; {@linkcode parseLocation} reads the same back. */
export function formatLocation(location: Location): string {
  switch (location.kind) {
    case "scratch":
      return "scratch";
    case "registry":
      return formatReference(location.reference);
    case "docker-daemon":
      return `${PREFIXES[location.kind]}${formatFamiliarReference(location.reference)}`;
    case "docker-archive": {
      const { reference } = location;
      const name = reference && formatFamiliarReference(reference);
      return formatPlace(location, name);
    }
    case "layout":
    case "oci-archive":
      return formatPlace(location, location.tag);
  }
}

function formatPlace(
  { kind, path, digest }: {
    readonly kind: keyof typeof PREFIXES;
    readonly path: string;
    readonly digest?: Digest;
  },
  name: string | undefined,
): string {
  return `${PREFIXES[kind]}${path}${name === undefined ? "" : `:${name}`}${
    digest === undefined ? "" : `@${digest}`
  }`;
}

/**
 * The tag or digest to ask a repository for. It is the empty string for a layout or an archive without a name, which stands for the only
 * image there, and `latest` for `scratch`.
 */
export function locationReference(location: Location): string {
  switch (location.kind) {
    case "scratch":
      return "latest";
    case "registry":
    case "docker-daemon":
      return tagOrDigest(location.reference);
    case "docker-archive":
      return location.digest ?? location.reference?.tag ?? "";
    case "layout":
    case "oci-archive":
      return location.digest ?? location.tag ?? "";
  }
}

/** The tag and the digest of a location, if it has them. */
export function locationNames(
  location: ImageLocation,
): { readonly tag?: string | undefined; readonly digest?: Digest | undefined } {
  switch (location.kind) {
    case "registry":
    case "docker-daemon":
      return location.reference;
    case "docker-archive":
      return { tag: location.reference?.tag, digest: location.digest };
    case "layout":
    case "oci-archive":
      return location;
  }
}

/** Whether a location is an archive on standard input or output. */
export function isStandard(location: Location): boolean {
  return "path" in location && location.kind !== "layout" && location.path === "-";
}

/** A location without its digest, which names the image that is there now, not one that is to be written. */
export function withoutDigest(location: Location): Location {
  switch (location.kind) {
    case "scratch":
      return location;
    case "layout":
    case "oci-archive":
    case "docker-archive": {
      const { digest: _digest, ...place } = location;
      return place;
    }
    case "registry":
    case "docker-daemon": {
      const { digest: _digest, ...reference } = location.reference;
      return { kind: location.kind, reference };
    }
  }
}

/** A location with another tag. */
export function withTag(location: ImageLocation, tag: string): ImageLocation {
  switch (location.kind) {
    case "layout":
    case "oci-archive":
      return { kind: location.kind, path: location.path, tag };
    case "docker-archive": {
      const { kind, path, reference } = location;
      return {
        kind,
        path,
        ...(reference === undefined ? {} : { reference: retag(reference, tag) }),
      };
    }
    case "registry":
    case "docker-daemon":
      return { kind: location.kind, reference: retag(location.reference, tag) };
  }
}

function retag({ registry, repository }: Reference, tag: string): Reference {
  return { registry, repository, tag };
}

const KINDS = {
  layout: ["an OCI layout", "directory"],
  "oci-archive": ["an OCI archive", "file"],
  "docker-archive": ["a Docker archive", "file"],
} as const;

/** The parts of a location after its prefix. */
interface Place {
  readonly path: string;
  readonly name: string | undefined;
  readonly digest: Digest | undefined;
}

type Refuse = (reason: string) => SyntaxError;

function splitPlace(text: string, kind: keyof typeof KINDS): Place & { readonly refuse: Refuse } {
  const [what, pathKind] = KINDS[kind];
  const refuse: Refuse = (reason) =>
    new SyntaxError(`Cannot parse ${JSON.stringify(text)} as ${what}: ${reason}`);

  const [rest, digest] = splitDigest(text.slice(PREFIXES[kind].length), refuse);
  const colon = rest.search(/:(?![\\/])/);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === "") throw refuse(`the ${pathKind} is missing`);
  return { path, name: colon < 0 ? undefined : rest.slice(colon + 1), digest, refuse };
}

function splitDigest(text: string, refuse: Refuse): [rest: string, digest: Digest | undefined] {
  const at = text.lastIndexOf("@");
  const suffix = text.slice(at + 1);
  if (at < 0) return [text, undefined];
  if (isDigest(suffix)) return [text.slice(0, at), suffix];
  if (/^sha(?:256|512):/.test(suffix)) {
    throw refuse(`${JSON.stringify(suffix)} is not a digest`);
  }
  return [text, undefined];
}

function parseLayout(text: string, kind: "layout" | "oci-archive"): Location {
  const { path, name: tag, digest, refuse } = splitPlace(text, kind);
  if (tag !== undefined && !isTag(tag) && !LAYOUT_NAME.test(tag)) {
    throw refuse(
      `${JSON.stringify(tag)} is not a tag or a name, and the ${
        KINDS[kind][1]
      } ends at the first ":"`,
    );
  }
  return {
    kind,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function parseDockerArchive(text: string): Location {
  const { path, name, digest, refuse } = splitPlace(text, "docker-archive");
  return {
    kind: "docker-archive",
    path,
    ...(name === undefined ? {} : { reference: parseName(name, refuse) }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function parseEngineName(text: string): Reference {
  const refuse: Refuse = (reason) =>
    new SyntaxError(`Cannot parse ${JSON.stringify(text)} as an image of an engine: ${reason}`);
  return parseName(text.slice(PREFIXES["docker-daemon"].length), refuse);
}

function parseName(name: string, refuse: Refuse): Reference {
  try {
    return parseReference(name);
  } catch (error) {
    throw refuse(
      (error as SyntaxError).message.replace(/^Cannot parse .*? as an image reference: /, ""),
    );
  }
}
