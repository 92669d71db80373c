/** What to do next when an upload has failed: decided by what the registry answered, never by its name. */

/** How the bytes travel. */
export type UploadMethod =
  /** One PUT with everything, of a known length. */
  | "put"
  /** One PATCH with everything, and a closing PUT: Docker's way. */
  | "patch"
  /** A PATCH for each part with its range, and a closing PUT. */
  | "chunks";

/** How an upload stands when it fails. */
export interface UploadState {
  readonly way: UploadMethod;
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /** Failures so far, this one not counted. */
  readonly failures: number;
  /** How often it may fail. */
  readonly retries: number;
  /** Whether everything is in memory. */
  readonly isWhole: boolean;
  /** Ways that the registry has refused. */
  readonly refused: ReadonlySet<UploadMethod>;
}

/** Why it failed. */
export interface UploadFailure {
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  readonly codes: readonly string[];
  /** What the registry said, all of it. */
  readonly text: string;
}

/** The next step: give up, or go on in a way, from what the registry has or in a new session. */
export type UploadStep =
  | { readonly kind: "fail" }
  | {
    readonly kind: "retry";
    readonly way: UploadMethod;
    readonly chunkSize: number;
    /** Whether the session may be gone on with where it stands. */
    readonly resumes: boolean;
    /** Whether time may help. */
    readonly waits: boolean;
    /** Whether the failed way is not to be tried again. */
    readonly refuses: boolean;
  };

/** The least that chunks are cut down to; bytes. */
const SMALLEST_CHUNK = 1_024;

/** Statuses that refuse how the bytes are sent rather than the bytes. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 405, 411, 415, 501]);

/** Decides on the next step. */
export function planUpload(state: UploadState, failure: UploadFailure): UploadStep {
  const { way, chunkSize, failures, retries, refused } = state;
  const { status, codes } = failure;
  if (failures >= retries) return { kind: "fail" };
  const go = (next: Partial<UploadStep & { kind: "retry" }>): UploadStep => ({
    kind: "retry",
    way,
    chunkSize,
    resumes: false,
    waits: false,
    refuses: false,
    ...next,
  });

  if (status === undefined || status === 408 || status === 429 || status >= 500 && status !== 501) {
    // A body that streams fails like a bad connection where the runtime refuses it: Chromium over HTTP/1.1.
    const isStubborn = way === "patch" && !state.isWhole && failures > 0 && !refused.has("chunks");
    // What was cut goes on in parts, each of which can be repeated.
    return go({ waits: true, resumes: way !== "put", way: isStubborn ? "chunks" : way });
  }
  if (codes.includes("DIGEST_INVALID")) {
    // Once more; a registry that closes the session and ignores the body of the PUT says the same.
    return failures > 1 ? { kind: "fail" } : go({ way: way === "put" ? "patch" : way });
  }
  if (status === 413 || status === 416 && isAboutSize(failure.text)) {
    if (way !== "chunks") return go({ way: "chunks", refuses: true });
    const smaller = Math.floor(chunkSize / 4);
    return smaller < SMALLEST_CHUNK ? { kind: "fail" } : go({ chunkSize: smaller });
  }
  if (status === 416) return go({ resumes: failures === 0 });
  const isLost = codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID");
  if (isLost && way !== "put" && status === 404) return go({});
  if (!REFUSALS.has(status)) return { kind: "fail" };
  const others = WAYS_AFTER[way].filter((other) => !refused.has(other));
  return others[0] === undefined ? { kind: "fail" } : go({ way: others[0], refuses: true });
}

/** What is tried where a way is refused. */
const WAYS_AFTER: Readonly<Record<UploadMethod, readonly UploadMethod[]>> = {
  put: ["patch", "chunks"],
  patch: ["chunks"],
  chunks: ["patch"],
};

/** Whether a 416 speaks of too many bytes, as GitHub's registry does, rather than of the wrong ones. */
export function isAboutSize(text: string): boolean {
  return /too large|too big|size|exceeds|limit/i.test(text);
}
