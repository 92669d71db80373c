/** `manifest.json` in what `docker save` writes: the archive's images, and the files that they are made of. */

import { parseBoundedJson } from "../base/bounded_json.ts";
import type { Bytes } from "../base/bytes.ts";
import { isJsonObject } from "../oci/json.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";

/** An image of an archive. */
export interface DockerImage {
  /** Path of the config. */
  readonly config: string;
  /** Names with tags, as written in the archive. */
  readonly names: readonly string[];
  /** Paths of the layers, the base first. */
  readonly layers: readonly string[];
}

/** The most images that an archive may hold, and the most layers that an image may have. */
const MOST_IMAGES = 10_000;
const MOST_LAYERS = 10_000;

/**
 * Parses a `manifest.json`.
 *
 * @param what What messages call it.
 * @throws {SyntaxError} if it is not one.
 */
export function parseDockerManifest(bytes: Bytes, what: string): readonly DockerImage[] {
  const refuse = (reason: string): SyntaxError => new SyntaxError(`Cannot read ${what}: ${reason}`);
  let images: unknown;
  try {
    images = parseBoundedJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuse(error instanceof SyntaxError ? error.message : "it is not JSON");
  }
  if (!Array.isArray(images)) throw refuse("it is not a list of images");
  if (images.length > MOST_IMAGES) throw refuse(`it lists more than ${MOST_IMAGES} images`);
  return images.map((image: unknown, index) => {
    if (!isJsonObject(image)) throw refuse(`image ${index} is not an object`);
    // Tools in Go write an empty list as null.
    const { Config: config, RepoTags, Layers } = image;
    const names = RepoTags ?? [];
    const layers = Layers ?? [];
    if (typeof config !== "string" || !isTexts(names) || !isTexts(layers)) {
      throw refuse(
        `image ${index} has no Config, or its RepoTags or Layers are not lists of texts`,
      );
    }
    if (layers.length > MOST_LAYERS) throw refuse(`image ${index} has too many layers`);
    return { config, names, layers };
  });
}

/** Writes a `manifest.json`. */
export function formatDockerManifest(images: readonly DockerImage[]): Bytes {
  return new TextEncoder().encode(JSON.stringify(images.map(({ config, names, layers }) => ({
    Config: config,
    RepoTags: names.length === 0 ? null : names,
    Layers: layers,
  }))));
}

/**
 * Whether an image has a name. Tools write names of Docker Hub short or in full; Podman puts `localhost/` before a name without a
 * registry.
 */
export function hasName({ names }: DockerImage, wanted: Reference): boolean {
  const { registry, repository } = wanted;
  const full = formatReference(wanted);
  const local = registry === "docker.io"
    ? formatReference({
      ...wanted,
      registry: "localhost",
      repository: repository.replace(/^library\//, ""),
    })
    : full;
  return names.some((name) => {
    const found = fullName(name);
    return found === full || found === local;
  });
}

function fullName(name: string): string | undefined {
  try {
    return formatReference(parseReference(name));
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
