/** How registries differ, as data: each trait is a line of the tables that the client was written from. */

/** What a registry does otherwise than the plain one. */
export interface Profile {
  /** @default {202} */
  readonly patchStatus?: 201 | 202 | 204;
  /** A closing PUT is answered 202, and the blob can be had so many milliseconds of the clock later. */
  readonly storesAfter?: number;
  /** `Range` answers keep showing the first chunk, though all of them are stored. */
  readonly stuckRange?: boolean;
  /** @default {"on"} */
  readonly mounts?: "on" | "off" | "unauthorized";
  /** A chunk (a PATCH with `Content-Range`) of more bytes is answered 416, with a message about its size. */
  readonly maxRangedPatch?: number;
  /** A second PATCH of a session is refused with 400. */
  readonly onePatchOnly?: boolean;
  /** A PUT without Content-Length closes the session and ignores its body. */
  readonly putNeedsLength?: boolean;
  /** A PUT with a body is answered 404. */
  readonly putRefusesBody?: boolean;
  /** A PUT with a body and a PATCH without a length are answered 411. */
  readonly lengthRequired?: boolean;
  /** Docker's media types are answered 415. */
  readonly ociOnly?: boolean;
  /** A manifest without `mediaType` is answered 405. */
  readonly needsMediaType?: boolean;
  /** `Accept` on a blob request is answered 406. */
  readonly refusesAccept?: boolean;
  readonly chunkMinLength?: number;
  readonly chunkMaxLength?: number;
  /** All chunks but the last must be of one size. */
  readonly equalChunks?: boolean;
  /** A request body of more bytes is answered 413. */
  readonly maxBody?: number;
  /** What HEAD of a blob is answered, whether it is there or not. */
  readonly headBlobStatus?: number;
  /** Absolute or relative `Location`s. @default {"relative"} */
  readonly location?: "relative" | "absolute";
  /** A request with the wrong `Authorization` meets a Basic challenge. */
  readonly basicAfterAuthorization?: boolean;
  /** The Bearer challenge has no `service`, and a Basic challenge without a realm follows. */
  readonly bareChallenge?: boolean;
  /** The first so many requests are answered 429 with `Retry-After: 1`. */
  readonly rateLimited?: number;
  /** GET of a blob redirects to this other host, which refuses `Authorization`. */
  readonly storageHost?: string;
  /** HEAD of a blob redirects as well, and the storage answers it 403. */
  readonly storageRefusesHead?: boolean;
  /** The 401 of a real request has no challenge; that of `/v2/` has. */
  readonly silentChallenge?: boolean;
  /** `Location` and `Docker-Content-Digest` are left out where a manifest is put. */
  readonly bareManifestPut?: boolean;
  /** A tag can be written once: afterwards 400 TAG_INVALID. */
  readonly immutableTags?: boolean;
  /** Tags, or referrers, on a page. */
  readonly pageSize?: number;
  /** It lists the manifests that refer to another. */
  readonly referrers?: boolean;
  /** A list's next page is named without angle brackets, in full. */
  readonly bareLinks?: boolean;
  /** What refers to a manifest is refused while that is missing. */
  readonly needsSubject?: boolean;
  /** The first session that gets a PATCH never ends: its closing PUT is answered 500. */
  readonly stuckSession?: boolean;
  /** What a question for referrers is answered with, without a challenge. */
  readonly referrersStatus?: number;
  /** Requests in a second of the clock, above a burst of three, that are not answered 429 without `Retry-After`. */
  readonly rate?: number;
  /** Blobs are labelled with this `Content-Encoding`. */
  readonly label?: string;
  /** A manifest whose blobs are missing is answered MANIFEST_INVALID. */
  readonly missingBlobIsInvalid?: boolean;
  /** DELETE of a tag is answered 405. */
  readonly keepsTags?: boolean;
  /** A token request for more than one repository is answered 400. */
  readonly oneRepositoryTokens?: boolean;
}

/** The registries that the profiles are modelled on. */
export type ProfileName =
  | "plain"
  | "ecr"
  | "ecr-public"
  | "ghcr"
  | "quay"
  | "zot"
  | "artifactory"
  | "nexus"
  | "cloudflare"
  | "harbor"
  | "gitea"
  | "gitlab"
  | "hub"
  | "google"
  | "digitalocean"
  | "storage redirect"
  | "eventual storage"
  | "serverless"
  | "stuck session"
  | "old harbor"
  | "pulp"
  | "rate limit";

/** What each of them does; sizes are scaled down so that tests stay small. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  plain: {},
  ecr: {
    patchStatus: 201,
    stuckRange: true,
    mounts: "off",
    needsMediaType: true,
    bareManifestPut: true,
    keepsTags: true,
  },
  "ecr-public": { headBlobStatus: 401 },
  ghcr: { maxRangedPatch: 4_096, location: "relative" },
  quay: { storageHost: "storage.test" },
  zot: { putNeedsLength: true, missingBlobIsInvalid: true, ociOnly: true, referrers: true },
  artifactory: { putRefusesBody: true, refusesAccept: true },
  nexus: { lengthRequired: true },
  cloudflare: { chunkMinLength: 2_048, chunkMaxLength: 8_192, equalChunks: true, maxBody: 8_192 },
  harbor: { basicAfterAuthorization: true, mounts: "unauthorized" },
  gitea: { bareChallenge: true, onePatchOnly: true },
  gitlab: { location: "absolute" },
  hub: { rateLimited: 2, location: "absolute", keepsTags: true },
  google: { onePatchOnly: true, silentChallenge: true },
  digitalocean: { oneRepositoryTokens: true },
  serverless: { bareLinks: true, needsSubject: true, referrers: true, pageSize: 2 },
  "stuck session": { stuckSession: true },
  "old harbor": { referrersStatus: 401 },
  pulp: { label: "x-gzip" },
  "rate limit": { rate: 5 },
  "eventual storage": { storesAfter: 2_000 },
  "storage redirect": { storageHost: "storage.test", storageRefusesHead: true },
};
