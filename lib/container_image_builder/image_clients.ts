/** Opens the repositories that an `Image` reads and writes, each once. */

import { createLimiter, type Limiter } from "../base/limiter.ts";
import { formatLocation, type Location } from "../storage/location.ts";
import { ByteBudget } from "../storage/byte_budget.ts";
import type { Platform } from "../oci/platform.ts";
import type { Repository } from "../storage/repository.ts";
import { type Access, type AccessOptions, createAccess } from "../image/access/access.ts";
import { withDefaultHost } from "../host/default_host.ts";
import { type OpenedRepositories, RegistryClient } from "./registry_client.ts";
import { scratchRepository } from "../image/access/scratch.ts";

/** Whether a repository is only read, or written too. */
type Rights = "pull" | "push";

interface CachedRepository {
  readonly rights: Rights;
  readonly repository: Promise<Repository>;
}

/** Opens and keeps repositories and clients. */
export class ImageClients {
  readonly #options: AccessOptions;
  /** The platform of `scratch`. */
  readonly #platform: Platform;
  readonly #repositories = new Map<string, CachedRepository>();
  readonly #clients = new Map<string, RegistryClient>();
  #access: Promise<Access> | undefined;
  #limit: Limiter | undefined;

  constructor(options: AccessOptions, platform: Platform) {
    this.#options = options;
    this.#platform = platform;
  }

  /** The access that all repositories share. */
  access(): Promise<Access> {
    return this.#access ??= withDefaultHost(this.#options).then((all) =>
      // No budget: this object may live long, and does not hold the documents that it has read.
      createAccess(all, new ByteBudget(Infinity))
    );
  }

  /** Limits how many blobs are transferred at a time. */
  async limit(): Promise<Limiter> {
    const { concurrency } = await this.access();
    return this.#limit ??= createLimiter(concurrency);
  }

  /** Opens the repository of a location. One that was opened for writing is used for reading too. */
  repository(location: Location, rights: Rights): Promise<Repository> {
    const key = formatRepository(location);
    const known = this.#repositories.get(key);
    if (known?.rights === "push" || known?.rights === rights) return known.repository;
    const repository = this.#open(location, rights);
    this.#repositories.set(key, { rights, repository });
    return repository;
  }

  /** The client for the repository of a location. Each repository has one client. */
  client(location: Location): RegistryClient {
    const key = formatRepository(location);
    let client = this.#clients.get(key);
    if (client === undefined) {
      const { registry, repository } = location.kind === "registry"
        ? location.reference
        : { registry: "", repository: key };
      const opened: OpenedRepositories = {
        open: (rights, name) => this.repository(siblingOf(location, name), rights),
        signal: this.#options.signal,
      };
      client = new RegistryClient(registry, repository, undefined, opened);
      this.#clients.set(key, client);
    }
    return client;
  }

  async #open(location: Location, rights: Rights): Promise<Repository> {
    if (location.kind === "scratch") return await scratchRepository([this.#platform]);
    return (await this.access()).open(location, rights);
  }
}

/** Another repository of the same registry. */
function siblingOf(location: Location, repository: string | undefined): Location {
  if (repository === undefined) return location;
  if (location.kind === "registry") {
    return { kind: "registry", reference: { registry: location.reference.registry, repository } };
  }
  throw new TypeError(
    `Cannot mount from "${repository}": "${formatLocation(location)}" is in no registry`,
  );
}

function formatRepository(location: Location): string {
  if (location.kind !== "registry") {
    return "path" in location
      ? formatLocation({ kind: location.kind, path: location.path })
      : formatLocation(location);
  }
  return `${location.reference.registry}/${location.reference.repository}`;
}
