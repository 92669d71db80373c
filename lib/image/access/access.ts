/** Opens the repositories that locations name, with one set of connections for a whole verb. */

import type { OptionNames } from "../../base/check_options.ts";
import type { Fetch } from "../../base/fetch.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { createSha256 } from "../../base/hash/sha256.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import { webCodec } from "../../layer/compression/web_codec.ts";
import { openArchiveSource, openArchiveTarget } from "../../archive/archive_repository.ts";
import { createBlobSpool } from "../../archive/blob_spool.ts";
import { EngineSession } from "../../engine/engine_session.ts";
import { openEngine } from "../../engine/engine_repository.ts";
import { openLayout } from "../../layout/layout_repository.ts";
import type { ArchiveLocation } from "../../archive/archive_options.ts";
import { formatLocation, type Location } from "../../storage/location.ts";
import type { Reference } from "../../oci/reference.ts";
import type { Repository } from "../../storage/repository.ts";
import { ByteBudget } from "../../storage/byte_budget.ts";
import { createTransfer, type Transfer } from "../../storage/transfer.ts";
import type { Credential, CredentialSource } from "../../registry/auth/credential.ts";
import { findLongestMatch } from "../../registry/auth/longest_match.ts";
import { Registries } from "../../registry/registries.ts";
import type { Progress } from "./transfer_progress.ts";
import type { Host } from "./runtime_host.ts";
import { type StrictOptions, Warnings } from "./strict.ts";
import type { Warning } from "../../storage/warning.ts";

/** Options of all verbs: how registries are reached. */
export interface AccessOptions extends StrictOptions {
  /**
   * What the runtime offers beyond web standards.
   *
   * @default the native parts of Deno, Bun and Node; nothing elsewhere
   */
  readonly host?: Host | undefined;
  /** Replaces the host's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /**
   * Credentials by registry (`ghcr.io`) or by registry and path (`ghcr.io/acme`), the longest match winning; or a function.
   *
   * @default what the host finds: environment, Docker config, credential helpers
   */
  readonly credentials?: CredentialSource | Readonly<Record<string, Credential>> | undefined;
  /**
   * Speak plain http to any registry, or to those of a list: `HOST` or `HOST:PORT`. One that answers https all the same is an error.
   *
   * @default {false} http where a registry of this machine does not answer https
   */
  readonly plainHttp?: boolean | readonly string[] | undefined;
  /** Hosts that may be sent credentials as token services, beyond the safe ones. */
  readonly trustRealms?: readonly string[] | undefined;
  /**
   * Milliseconds for which a request that fails is sent again: longer than a registry takes to restart, for instance.
   *
   * @default {undefined} five attempts, which take some seconds
   */
  readonly retryFor?: number | undefined;
  /**
   * Milliseconds without any progress after which a request has failed; a blob of which less than 1 KiB a second comes makes none. A
   * manifest, config, token or list may take no longer in all.
   *
   * @default {60000}
   */
  readonly timeout?: number | undefined;
  /**
   * Blobs that are transferred at a time.
   *
   * @default {4}
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether anything is remembered from run to run, where the host can: what layers of bases say of their paths, configs of bases, and
   * which token service a registry has named.
   *
   * @default {true}
   */
  readonly cache?: boolean | undefined;
  /** Aborts the verb; targets stay as they were. */
  readonly signal?: AbortSignal | undefined;
  /** Called often, with the progress of what is read, sent or copied. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with each warning as it comes up: the words, and the whole with its code. */
  readonly onWarning?: ((message: string, detail: Warning) => void) | undefined;
}

/** The names of all {@linkcode AccessOptions}. */
export const ACCESS_OPTIONS: OptionNames<AccessOptions> = {
  host: true,
  fetch: true,
  credentials: true,
  plainHttp: true,
  trustRealms: true,
  retryFor: true,
  timeout: true,
  concurrency: true,
  cache: true,
  signal: true,
  onProgress: true,
  onWarning: true,
  strict: true,
  allow: true,
};

/** Blobs that are transferred at a time, by default. */
const DEFAULT_CONCURRENCY = 4;

/** Requests that may be under way for each blob of the concurrency: to wait for them in turn would cost a round trip each. */
const REQUESTS_PER_BLOB = 8;

/** What is done in a place of images. */
export type OpenRole = "look" | "source" | "target";

/** Repositories, and what of the host every verb needs. */
export interface Access {
  readonly host: Host;
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  readonly transfer: Transfer;
  readonly concurrency: number;
  /** What its manifests and configs may take together. */
  readonly documents: ByteBudget;
  /** All warnings so far, each once. */
  readonly warnings: readonly Warning[];
  warn(warning: Warning): void;
  /** @throws {WarningError} if a warning counts as a failure. */
  requireAllowed(): void;
  /**
   * Opens the repository that a location is in. Nothing is asked or created before it is used.
   *
   * @param access What is asked of a registry's credentials.
   * @param role What is done there: images are looked at, read with their layers, or go there, also in a dry run.
   * @throws {TypeError} for `scratch`, and for a layout or an archive where the runtime has no files.
   */
  open(location: Location, access: "pull" | "push", role?: OpenRole): Repository;
  /** The `Authorization` header that a registry wants for a repository, or undefined. */
  authorization(
    reference: Pick<Reference, "registry" | "repository">,
    access: "pull" | "push",
  ): Promise<string | undefined>;
  /** Waits for what goes on in the background, such as cancelling upload sessions. It never fails. */
  settle(): Promise<void>;
}

/** Runs a verb with access to images, and waits for what it left in the background. */
export async function withAccess<T>(
  options: AccessOptions,
  verb: (access: Access) => Promise<T>,
): Promise<T> {
  const access = createAccess(options);
  try {
    return await verb(access);
  } finally {
    await access.settle();
  }
}

/**
 * Makes the access of a verb. Without a host there is nothing but web standards: only the entries know the runtime's.
 *
 * @param documents What its manifests and configs may take together.
 */
export function createAccess(
  options: AccessOptions,
  documents: ByteBudget = new ByteBudget(),
): Access {
  const { host: given = {}, cache = true } = options;
  const host = cache ? given : { ...given, cache: undefined };
  const createHasher = host.createHasher ?? createSha256;
  const transfer = createTransfer();
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const warnings = new Warnings(options);
  const opened: Repository[] = [];
  const targets = new Map<string, Repository>();
  const openArchive = (location: ArchiveLocation, role: OpenRole): Repository => {
    if (host.archives === undefined) {
      throw new TypeError(
        `Cannot open the archive "${location.path}": this runtime has no files`,
      );
    }
    const place = `${role} ${location.kind} ${location.path}`;
    const known = targets.get(place);
    if (known !== undefined) return known;
    const repository = (role === "target" ? openArchiveTarget : openArchiveSource)(location, {
      files: host.archives,
      codec: host.codec ?? webCodec,
      createSpool: host.createSpool ?? createBlobSpool,
      createHasher,
      transfer,
    });
    opened.push(repository);
    // What several images go into is one archive.
    if (role === "target") targets.set(place, repository);
    return repository;
  };
  let session: EngineSession | undefined;
  const openEngineImage = (
    location: Extract<Location, { kind: "docker-daemon" }>,
    role: OpenRole,
  ): Repository => {
    if (host.findEngine === undefined) {
      throw new TypeError(
        `Cannot open "${formatLocation(location)}": this runtime reaches no engine`,
      );
    }
    session ??= new EngineSession({
      find: host.findEngine,
      timeout: options.timeout,
      cache: host.cache,
      codec: host.codec ?? webCodec,
      createSpool: host.createSpool ?? createBlobSpool,
      createHasher,
      transfer,
    });
    const repository = openEngine(location.reference, { session, role });
    opened.push(repository);
    return repository;
  };
  const registries = new Registries({
    fetch: options.fetch ?? host.fetch,
    credentials: toCredentialSource(options.credentials) ?? host.credentials,
    createHasher,
    transfer,
    documents,
    plainHttp: options.plainHttp,
    trustRealms: options.trustRealms,
    publicSuffixes: host.publicSuffixes,
    cache: host.cache,
    retryFor: options.retryFor,
    timeout: options.timeout,
    concurrency: concurrency * REQUESTS_PER_BLOB,
    onWarning: (message) => warnings.add({ code: "registry", message }),
    onWait: (host, requests) => options.onProgress?.({ kind: "wait", host, requests }),
  });

  return {
    host,
    codec: host.codec ?? webCodec,
    createHasher,
    transfer,
    concurrency,
    documents,
    get warnings(): readonly Warning[] {
      return warnings.all;
    },
    warn: warnings.add,
    requireAllowed: warnings.requireAllowed,
    async settle(): Promise<void> {
      await Promise.all([
        registries.settle(),
        ...opened.map((repository) => repository.dispose?.().catch(() => {})),
      ]);
    },
    authorization: ({ registry, repository }, access) =>
      registries.authorization(registry, repository, access, options.signal),
    open(location, access, role = access === "push" ? "target" : "look"): Repository {
      switch (location.kind) {
        case "registry": {
          const { registry, repository } = location.reference;
          return registries.open(registry, repository, access, role === "target");
        }
        case "layout":
          if (host.openDirectory === undefined) {
            throw new TypeError(
              `Cannot open the OCI layout "${location.path}": this runtime has no directories`,
            );
          }
          return openLayout(host.openDirectory(location.path), {
            createHasher,
            transfer,
            documents,
          });
        case "docker-archive":
        case "oci-archive":
          return openArchive(location, role);
        case "docker-daemon":
          return openEngineImage(location, role);
        case "scratch":
          throw new TypeError('Cannot open "scratch": it is the empty image, and only a base');
      }
    },
  };
}

/** Makes a source of a table of credentials. */
function toCredentialSource(
  credentials: AccessOptions["credentials"],
): CredentialSource | undefined {
  if (credentials === undefined || typeof credentials === "function") return credentials;
  return ({ registry, repository }) =>
    Promise.resolve(findLongestMatch(credentials, [registry], repository)?.value);
}
