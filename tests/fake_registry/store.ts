/** What a fake registry holds. */

import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { encodeHex } from "../../lib/base/hex.ts";
import type { Digest } from "../../lib/oci/digest.ts";

/** A stored manifest or index. */
export interface StoredManifest {
  readonly bytes: Bytes;
  readonly mediaType: string;
}

/** An upload on its way. */
export interface UploadSession {
  readonly id: string;
  readonly repository: string;
  readonly chunks: Bytes[];
  size: number;
  /** Counts answers: a `Location` of an older answer is stale. */
  state: number;
  patches: number;
  /** Bytes of the first chunk with a Content-Range. */
  chunkSize?: number;
  /** Where the first chunk ended, for registries that never show more. */
  firstEnd?: number;
  /** Whether its closing PUT fails, whatever. */
  isStuck?: boolean;
}

/** One repository. */
export class FakeRepository {
  readonly blobs: Map<string, Bytes> = new Map();
  readonly manifests: Map<string, StoredManifest> = new Map();
  readonly tags: Map<string, string> = new Map();

  /** The manifest that a tag or digest names. */
  manifest(reference: string): (StoredManifest & { readonly digest: string }) | undefined {
    const digest = this.tags.get(reference) ?? reference;
    const manifest = this.manifests.get(digest);
    return manifest && { ...manifest, digest };
  }
}

/** All repositories and sessions. */
export class FakeStore {
  readonly repositories: Map<string, FakeRepository> = new Map();
  readonly sessions: Map<string, UploadSession> = new Map();
  /** Whether a session was stuck. */
  hasStuck = false;
  #sessionCount = 0;

  /** A repository, made where it is missing. */
  repository(name: string): FakeRepository {
    let repository = this.repositories.get(name);
    if (repository === undefined) this.repositories.set(name, repository = new FakeRepository());
    return repository;
  }

  startSession(repository: string): UploadSession {
    const id = `session-${++this.#sessionCount}`;
    const session = { id, repository, chunks: [], size: 0, state: 0, patches: 0 };
    this.sessions.set(id, session);
    return session;
  }

  /** Puts a blob there without any request. */
  async seedBlob(repository: string, bytes: Bytes): Promise<Digest> {
    const digest = await sha256(bytes);
    this.repository(repository).blobs.set(digest, bytes);
    return digest;
  }

  /** Puts a manifest or index there without any request, as bytes or as an object with its `mediaType`. */
  async seedManifest(
    repository: string,
    tag: string | undefined,
    document: Bytes | { readonly mediaType?: string },
    mediaType?: string,
  ): Promise<Digest> {
    const bytes = document instanceof Uint8Array
      ? document
      : new TextEncoder().encode(JSON.stringify(document));
    const type = mediaType ?? (document instanceof Uint8Array ? undefined : document.mediaType) ??
      "application/vnd.oci.image.manifest.v1+json";
    const digest = await sha256(bytes);
    this.repository(repository).manifests.set(digest, { bytes, mediaType: type });
    if (tag !== undefined) this.repository(repository).tags.set(tag, digest);
    return digest;
  }
}

/** The bytes that a session holds. */
export function sessionBytes(session: UploadSession): Bytes {
  return concatBytes(session.chunks.length === 0 ? [new Uint8Array(0)] : session.chunks);
}

/** A digest by Web Crypto, so that the tests do not judge our own SHA-256 by itself. */
export async function sha256(bytes: Bytes): Promise<Digest> {
  return `sha256:${encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)))}`;
}
