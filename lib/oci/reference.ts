/** Image references: `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`, by Docker's rules (distribution/reference). */

import { type Digest, isDigest } from "./digest.ts";

/** An image in a registry. */
export interface Reference {
  /** Host in lower case, with the port if one was given: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** `library/ubuntu`, `acme/app` */
  readonly repository: string;
  /** Tag; `latest` if neither a tag nor a digest was given. */
  readonly tag?: string;
  /** Digest of the image, which counts more than the tag. */
  readonly digest?: Digest;
}

const HOST_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const REGISTRY = new RegExp(
  `^(?:${HOST_LABEL}(?:\\.${HOST_LABEL})*|\\[[a-f0-9:]+\\])(?::(\\d{1,5}))?$`,
);
const REPOSITORY =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** The name of Docker Hub in references. */
export const DOCKER_HUB = "docker.io";
/** The host of Docker Hub. */
export const DOCKER_HUB_HOST = "registry-1.docker.io";
/** Names of Docker Hub: that of references, then those of its hosts. */
export const DOCKER_HUB_NAMES: readonly string[] = [
  DOCKER_HUB,
  "index.docker.io",
  DOCKER_HUB_HOST,
];
const MAX_REPOSITORY_LENGTH = 255;
const MAX_PORT = 65_535;

/** Whether a text is a valid tag: up to 128 letters, digits, `_`, `.` and `-`, of which the last two are not at the start. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Parses a reference. `ubuntu` is `docker.io/library/ubuntu:latest`; the first part is a registry only if it holds a `.` or `:` or
 * is `localhost`. Without tag and digest the tag is `latest`.
 *
 * @example
 * ```ts
 * import { parseReference } from "@x/appendlayer";
 *
 * parseReference("ghcr.io/acme/app:1"); // { registry: "ghcr.io", repository: "acme/app", tag: "1" }
 * ```
 * @throws {SyntaxError} if it is not a reference; the message says which part is wrong, and shows no password.
 */
export function parseReference(text: string): Reference {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot parse ${quote(text)} as an image reference: ${reason}`);

  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw refuse('it begins with a scheme; expected "HOST/NAME:TAG"');
  }
  const [name, digest, ...surplus] = text.split("@");
  if (surplus.length > 0) throw refuse('it holds more than one "@"');
  if (digest !== undefined && !isDigest(digest)) {
    throw refuse('after "@", expected "sha256:" and 64 lower-case hexadecimal digits');
  }
  const [registryText, path] = splitRegistry(name ?? "");
  const registry = parseRegistry(registryText);
  if (registry === undefined) throw refuse(`${quote(registryText)} is not a registry's host name`);

  const colon = path.indexOf(":");
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) throw refuse(`${quote(tag)} is not a tag`);
  const repository = inDockerHub(registry, colon < 0 ? path : path.slice(0, colon));
  const reason = checkRepository(repository);
  if (reason !== undefined) throw refuse(reason);

  return {
    registry,
    repository,
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: "latest" } : {}),
    ...(digest !== undefined ? { digest } : {}),
  };
}

/**
 * Writes a reference in full; {@linkcode parseReference} reads the same back, if it has a tag or a digest.
 *
 * @example
 * ```ts
 * import { formatReference } from "@x/appendlayer";
 *
 * formatReference({ registry: "ghcr.io", repository: "acme/app", tag: "1" }); // "ghcr.io/acme/app:1"
 * ```
 */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${
    digest === undefined ? "" : `@${digest}`
  }`;
}

/**
 * Writes a reference as Docker shows it, without Docker Hub's default parts: `nginx:1`, `acme/app:1`.
 * {@linkcode parseReference} reads the same back.
 */
export function formatFamiliarReference(reference: Reference): string {
  const text = formatReference(reference);
  const { registry, repository } = reference;
  if (registry !== DOCKER_HUB) return text;
  const [first = "", ...rest] = repository.split("/");
  const isOfficial = first === "library" && rest.length === 1;
  // Without the host, the first part would be read as a registry.
  if (!isOfficial && splitRegistry(repository)[1] !== repository) return text;
  return text.slice(`${registry}/${isOfficial ? "library/" : ""}`.length);
}

/** The digest if there is one, else the tag, else `latest`. */
export function tagOrDigest(reference: Pick<Reference, "tag" | "digest">): string {
  return reference.digest ?? reference.tag ?? "latest";
}

/**
 * Parses a registry's host and port into the form of {@linkcode Reference.registry}.
 *
 * @throws {SyntaxError} for anything else: user information, a path, white space, control characters.
 */
export function parseRegistryName(text: string): string {
  const registry = parseRegistry(text);
  if (registry !== undefined) return registry;
  throw new SyntaxError(`Cannot use ${quote(text)} as a registry: expected "HOST" or "HOST:PORT"`);
}

/**
 * Parses a repository's path into the form of {@linkcode Reference.repository}.
 *
 * @throws {SyntaxError} if it is not one.
 */
export function parseRepositoryName(text: string): string {
  const reason = checkRepository(text);
  if (reason === undefined) return text;
  throw new SyntaxError(`Cannot use ${quote(text)} as a repository: ${reason}`);
}

function splitRegistry(name: string): [registry: string, path: string] {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  return /[.:]/.test(first) || first === "localhost"
    ? [first, name.slice(slash + 1)]
    : [DOCKER_HUB, name];
}

function parseRegistry(text: string): string | undefined {
  const registry = text.toLowerCase();
  const match = REGISTRY.exec(registry);
  if (match === null || Number(match[1] ?? 0) > MAX_PORT) return undefined;
  return DOCKER_HUB_NAMES.includes(registry) ? DOCKER_HUB : registry;
}

function inDockerHub(registry: string, path: string): string {
  return registry === DOCKER_HUB && !path.includes("/") && path !== "" ? `library/${path}` : path;
}

function checkRepository(repository: string): string | undefined {
  if (repository === "") return "the repository is missing";
  if (repository.length > MAX_REPOSITORY_LENGTH) {
    return `the repository is longer than ${MAX_REPOSITORY_LENGTH} characters`;
  }
  // Docker takes such a name for an image's identifier.
  if (/^library\/[a-f0-9]{64}$/.test(repository)) return "it is an image identifier";
  if (REPOSITORY.test(repository)) return undefined;
  const shown = quote(repository);
  return REPOSITORY.test(repository.toLowerCase())
    ? `the repository ${shown} has upper-case letters`
    : `${shown} is not a repository; expected lower-case letters and digits, with single ".", "_" or "-" between them`;
}

/** Quotes the user's text. If it looks like a URL with a password, everything before the `@` is left out. */
function quote(text: string): string {
  return JSON.stringify(text.replace(/^.*@(?!sha(?:256|512):)/s, "…@"));
}
