/** Decides what to do after an upload has failed, by the registry's answer and never by its name. */

/** How the bytes are sent. */
export type UploadMethod =
  /** One PUT with everything, of a known length. */
  | "monolithic"
  /** One PATCH with everything, and a closing PUT, as Docker does. */
  | "stream"
  /** A PATCH for each chunk with its range, and a closing PUT. */
  | "chunked";

/** The state of an upload that has failed. */
export interface UploadState {
  readonly method: UploadMethod;
  /** Bytes of a chunk. */
  readonly chunkSize: number;
  /** Failures before this one. */
  readonly failures: number;
  /** Whether no further attempt is allowed. */
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
  /** The registry answered with success, but does not have the blob. */
  | { readonly kind: "unstored" }
  /** The registry refused a request. */
  | {
    readonly kind: "refused";
    readonly status: number;
    readonly codes: readonly string[];
    /** The registry's own words. */
    readonly text: string;
  };

/** The next step: to give up, or to send again by a method. */
export type UploadStep =
  | { readonly kind: "fail" }
  | {
    readonly kind: "retry";
    readonly method: UploadMethod;
    readonly chunkSize: number;
    /** Whether to resume the session where it is; otherwise a new one is started. */
    readonly resumes: boolean;
    /** Whether to wait first. */
    readonly waits: boolean;
    /** Whether the method that failed must not be used again. */
    readonly refuses: boolean;
  };

/** The smallest chunks, bytes. */
const SMALLEST_CHUNK = 1_024;

/** Statuses that refuse the method rather than the bytes. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 405, 411, 415, 501]);

/** Decides on the next step. */
export function planUpload(state: UploadState, failure: UploadFailure): UploadStep {
  const { method, chunkSize, failures, isLast, refused } = state;
  if (isLast) return { kind: "fail" };
  const retry = (next: Partial<UploadStep & { kind: "retry" }>): UploadStep => ({
    kind: "retry",
    method,
    chunkSize,
    resumes: false,
    waits: false,
    refuses: false,
    ...next,
  });

  if (isOverload(failure)) {
    // A runtime that refuses streamed bodies fails like a bad connection: Chromium over HTTP/1.1.
    const mayRefuseStreams = method === "stream" && !state.isWhole && failures > 0 &&
      !refused.has("chunked");
    return retry({
      waits: true,
      resumes: method !== "monolithic",
      method: mayRefuseStreams ? "chunked" : method,
    });
  }
  if (failure.kind !== "refused" || failure.codes.includes("DIGEST_INVALID")) {
    // By a PATCH, since a registry that ignores the body of the closing PUT fails the same way.
    if (failures > 1) return { kind: "fail" };
    return retry({ method: method === "monolithic" ? "stream" : method });
  }
  const { status, codes, text } = failure;
  if (status === 413 || status === 416 && isAboutSize(text)) {
    if (method !== "chunked") return retry({ method: "chunked", refuses: true });
    const smaller = Math.floor(chunkSize / 4);
    return smaller < SMALLEST_CHUNK ? { kind: "fail" } : retry({ chunkSize: smaller });
  }
  if (status === 416) return retry({ resumes: failures === 0 });
  const isLost = codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID");
  if (isLost && method !== "monolithic" && status === 404) return retry({});
  if (!REFUSALS.has(status)) return { kind: "fail" };
  const others = ALTERNATIVES[method].filter((other) => !refused.has(other));
  return others[0] === undefined ? { kind: "fail" } : retry({ method: others[0], refuses: true });
}

/** Whether the failure is transient. */
function isOverload(failure: UploadFailure): boolean {
  if (failure.kind !== "refused") return failure.kind === "connection";
  const { status } = failure;
  return status === 408 || status === 429 || status >= 500 && status !== 501;
}

/** Whether the blob may be stored in spite of the failure: the answer was lost, or the request was repeated after a success. */
export function mayBeStored(failure: UploadFailure): boolean {
  if (failure.kind !== "refused") return failure.kind === "connection";
  const { status, codes } = failure;
  return status >= 500 || status === 408 || status === 429 ||
    codes.includes("BLOB_UPLOAD_UNKNOWN") || codes.includes("BLOB_UPLOAD_INVALID");
}

/** The methods to try when one is refused. */
const ALTERNATIVES: Readonly<Record<UploadMethod, readonly UploadMethod[]>> = {
  monolithic: ["stream", "chunked"],
  stream: ["chunked"],
  chunked: ["stream"],
};

/** Whether a 416 means too many bytes, as of GitHub's registry, rather than a wrong range. */
export function isAboutSize(text: string): boolean {
  return /too large|too big|size|exceeds|limit/i.test(text);
}
