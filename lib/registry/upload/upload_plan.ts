/** What to do next when an upload has failed: decided by what the registry answered, never by its name. */

/** How the bytes are sent. */
export type UploadMethod =
  /** One PUT with everything, of a known length. */
  | "monolithic"
  /** One PATCH with everything, and a closing PUT: Docker's way. */
  | "stream"
  /** A PATCH for each part with its range, and a closing PUT. */
  | "chunked";

/** How an upload stands when it fails. */
export interface UploadState {
  readonly method: UploadMethod;
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /** Failures so far, this one not counted. */
  readonly failures: number;
  /** Whether this failure is the last that is borne. */
  readonly isLast: boolean;
  /** Whether everything is in memory. */
  readonly isWhole: boolean;
  /** Methods that the registry has refused. */
  readonly refused: ReadonlySet<UploadMethod>;
}

/** Why an upload failed. */
export type UploadFailure =
  /** There was no answer. */
  | { readonly kind: "connection" }
  /** The registry said that it was done, and has not got the blob. */
  | { readonly kind: "unstored" }
  /** The registry refused a request. */
  | {
    readonly kind: "refused";
    readonly status: number;
    readonly codes: readonly string[];
    /** What the registry said, all of it. */
    readonly text: string;
  };

/** The next step: give up, or go on by a method, from what the registry has or in a new session. */
export type UploadStep =
  | { readonly kind: "fail" }
  | {
    readonly kind: "retry";
    readonly method: UploadMethod;
    readonly chunkSize: number;
    /** Whether the session may be gone on with where it stands. */
    readonly resumes: boolean;
    /** Whether time may help. */
    readonly waits: boolean;
    /** Whether the method that failed is not to be tried again. */
    readonly refuses: boolean;
  };

/** The least that chunks are cut down to; bytes. */
const SMALLEST_CHUNK = 1_024;

/** Statuses that refuse how the bytes are sent rather than the bytes. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 405, 411, 415, 501]);

/** Decides on the next step. */
export function planUpload(state: UploadState, failure: UploadFailure): UploadStep {
  const { method, chunkSize, failures, isLast, refused } = state;
  if (isLast) return { kind: "fail" };
  const go = (next: Partial<UploadStep & { kind: "retry" }>): UploadStep => ({
    kind: "retry",
    method,
    chunkSize,
    resumes: false,
    waits: false,
    refuses: false,
    ...next,
  });

  if (isOverload(failure)) {
    // A body that streams fails like a bad connection where the runtime refuses it: Chromium over HTTP/1.1.
    const isStubborn = method === "stream" && !state.isWhole && failures > 0 &&
      !refused.has("chunked");
    // What was cut goes on in parts, each of which can be repeated.
    return go({
      waits: true,
      resumes: method !== "monolithic",
      method: isStubborn ? "chunked" : method,
    });
  }
  if (failure.kind !== "refused" || failure.codes.includes("DIGEST_INVALID")) {
    // Once more; a registry that closes the session and ignores the body of the PUT says the same, or nothing.
    if (failures > 1) return { kind: "fail" };
    return go({ method: method === "monolithic" ? "stream" : method });
  }
  const { status, codes, text } = failure;
  if (status === 413 || status === 416 && isAboutSize(text)) {
    if (method !== "chunked") return go({ method: "chunked", refuses: true });
    const smaller = Math.floor(chunkSize / 4);
    return smaller < SMALLEST_CHUNK ? { kind: "fail" } : go({ chunkSize: smaller });
  }
  if (status === 416) return go({ resumes: failures === 0 });
  const isLost = codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID");
  if (isLost && method !== "monolithic" && status === 404) return go({});
  if (!REFUSALS.has(status)) return { kind: "fail" };
  const others = ALTERNATIVES[method].filter((other) => !refused.has(other));
  return others[0] === undefined ? { kind: "fail" } : go({ method: others[0], refuses: true });
}

/** Whether time may help. */
function isOverload(failure: UploadFailure): boolean {
  if (failure.kind !== "refused") return failure.kind === "connection";
  const { status } = failure;
  return status === 408 || status === 429 || status >= 500 && status !== 501;
}

/** Whether the blob may have been stored all the same: the answer was lost, or a second request met what the first one did. */
export function mayBeStored(failure: UploadFailure): boolean {
  if (failure.kind !== "refused") return failure.kind === "connection";
  const { status, codes } = failure;
  return status >= 500 || status === 408 || status === 429 ||
    codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID");
}

/** What is tried where a method is refused. */
const ALTERNATIVES: Readonly<Record<UploadMethod, readonly UploadMethod[]>> = {
  monolithic: ["stream", "chunked"],
  stream: ["chunked"],
  chunked: ["stream"],
};

/** Whether a 416 speaks of too many bytes, as GitHub's registry does, rather than of the wrong ones. */
export function isAboutSize(text: string): boolean {
  return /too large|too big|size|exceeds|limit/i.test(text);
}
