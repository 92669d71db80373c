/** The repositories that an image is built from and into, each opened once. */

import { formatLocation, type Location } from "../oci/location.ts";
import type { Platform } from "../oci/platform.ts";
import type { Repository } from "../oci/repository.ts";
import { type Access, type AccessOptions, createAccess } from "./access.ts";
import { RegistryClient } from "./registry_client.ts";
import { scratchRepository } from "./scratch.ts";

/** A repository and the client that callers get for it. */
export interface OpenedImage {
  readonly repository: Repository;
  readonly client: RegistryClient;
}

interface CachedImage {
  readonly mayWrite: boolean;
  readonly opened: Promise<OpenedImage>;
}

/** Opens repositories, and keeps them. */
export class ImageClients {
  readonly #options: AccessOptions;
  /** What `scratch` is for. */
  readonly #platform: Platform;
  readonly #images = new Map<string, CachedImage>();
  #access: Promise<Access> | undefined;

  constructor(options: AccessOptions, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
  }

  /** What all of them share. */
  access(): Promise<Access> {
    return this.#access ??= createAccess(this.#options);
  }

  /** Opens the repository of a location. One that may be written to serves for reading as well. */
  open(location: Location, mayWrite: boolean): Promise<OpenedImage> {
    const key = formatRepository(location);
    const known = this.#images.get(key);
    if (known !== undefined && (known.mayWrite || !mayWrite)) return known.opened;
    const opened = this.#open(location, mayWrite);
    this.#images.set(key, { mayWrite, opened });
    opened.catch(() => this.#images.delete(key));
    return opened;
  }

  async #open(location: Location, mayWrite: boolean): Promise<OpenedImage> {
    const access = await this.access();
    const repository = location.kind === "scratch"
      ? await scratchRepository([this.#platform])
      : access.open(location, mayWrite ? "push" : "pull");
    const client = new RegistryClient("", "", undefined, {
      open(name): Promise<Repository> {
        if (name === undefined) return Promise.resolve(repository);
        if (location.kind !== "registry") {
          return Promise.reject(
            new TypeError(`Cannot mount from "${name}": "${repository.name}" is no registry`),
          );
        }
        const reference = { registry: location.reference.registry, repository: name };
        return Promise.resolve(access.open({ kind: "registry", reference }, "pull"));
      },
    });
    return { repository, client };
  }
}

function formatRepository(location: Location): string {
  if (location.kind !== "registry") {
    return location.kind === "layout" ? `oci:${location.path}` : formatLocation(location);
  }
  return `${location.reference.registry}/${location.reference.repository}`;
}
