/**
 * Uploads one blob: starts a session at once, reads as much as fits in memory, and then sends it by the method that its size and the
 * registry's answers allow.
 */

import { abortable } from "../../base/abortable.ts";
import { expectLater } from "../../base/expect_later.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import { ReplayableSource } from "../../storage/replayable_source.ts";
import type { Digest } from "../../oci/digest.ts";
import type { PutBlobOptions, StoredBlob } from "../../storage/repository.ts";
import { describeEntries } from "../http/error_body.ts";
import { RegistryError } from "../http/registry_error.ts";
import { UnstoredError } from "./unstored_error.ts";
import {
  mayBeStored,
  planUpload,
  type UploadFailure,
  type UploadMethod,
  type UploadStep,
} from "./upload_plan.ts";
import { startSession, type UploadSession, type UploadTarget } from "./upload_session.ts";
import {
  asksForChunks,
  sendChunks,
  sendStream,
  sendWhole,
  type UploadContext,
} from "./upload_methods.ts";

/** Options of {@linkcode BlobUpload}. */
export interface BlobUploadOptions extends PutBlobOptions {
  readonly target: UploadTarget;
  readonly createHasher: CreateHasher;
  /** Bytes. */
  readonly bufferSize: number;
  /** A session that a mount was answered with. */
  readonly spare?: UploadSession | undefined;
  /** Whether the repository has a blob; undefined if it does not tell. */
  readonly has: (digest: Digest) => Promise<boolean | undefined>;
  /** Takes work that nobody waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

/** Bytes of a chunk, unless the registry wants another size; few enough for proxies that limit requests. */
const CHUNK_SIZE = 8 * 1024 * 1024;

/** The upload of one blob into one repository. */
export class BlobUpload {
  readonly #known: Pick<BlobSource, "digest" | "size">;
  readonly #options: BlobUploadOptions;
  readonly #source: ReplayableSource;
  readonly #refused: Set<UploadMethod> = new Set();
  readonly #start: number;
  #session: Promise<UploadSession> | undefined;
  /** Offset at which a session was last resumed: one that makes no progress is given up. */
  #resumedAt = 0;

  constructor(source: BlobSource, options: BlobUploadOptions) {
    this.#known = source;
    this.#options = options;
    this.#start = options.target.endpoint.transport.now();
    this.#source = new ReplayableSource(source, { ...options, action: options.target.action });
  }

  /** Uploads the blob. */
  async run(): Promise<StoredBlob> {
    const { target, spare } = this.#options;
    this.#session = spare && Promise.resolve(spare);
    try {
      return await abortable(this.#run(), target.signal);
    } catch (error) {
      this.#cancel();
      if (target.signal?.aborted) throw target.signal.reason;
      throw this.#source.failure === undefined ? error : this.#source.failure.error;
    } finally {
      this.#options.runInBackground(this.#source.dispose());
    }
  }

  async #run(): Promise<StoredBlob> {
    const source = this.#source;
    const { digest, size } = this.#known;
    if (digest !== undefined && size !== undefined && await this.#isThere(digest)) {
      this.#cancel();
      return { digest, size, uploaded: false };
    }
    const session = this.#open();
    // A refusal of the registry ends the upload before the source gives its first byte.
    const refusal = session.then(() => new Promise<never>(() => {}));
    const isWhole = await Promise.race([source.fill(), refusal]);
    // A digest that was known at the start was asked for above.
    if (isWhole && digest === undefined && await this.#isThere(stored(source).digest)) {
      await this.#options.confirm?.(true);
      this.#cancel();
      return { ...stored(source), uploaded: false };
    }
    await this.#options.confirm?.(false);
    const chunked = asksForChunks(await session);
    await this.#send(isWhole ? "monolithic" : chunked ? "chunked" : "stream");
    return { ...stored(source), uploaded: true };
  }

  /** Sends the blob, again by the next step of the plan until it is stored. */
  async #send(firstMethod: UploadMethod): Promise<void> {
    const { target, bufferSize, has } = this.#options;
    const { transport } = target.endpoint;
    let method = firstMethod;
    let chunkSize = Math.min(CHUNK_SIZE, bufferSize);
    let offset = 0;
    for (let failures = 0;; failures++) {
      try {
        return await this.#sendBy(method, chunkSize, offset);
      } catch (error) {
        if (!(error instanceof RegistryError) || this.#source.failure !== undefined) throw error;
        const failure = uploadFailure(error);
        const { digest } = this.#source;
        // If only the answer was lost, the blob is stored.
        if (digest !== undefined && mayBeStored(failure) && await has(digest) === true) return;
        const isWhole = this.#source.whole !== undefined;
        const isLast = !transport.mayRepeat(failures, this.#start);
        const step = planUpload(
          { method, chunkSize, failures, isLast, isWhole, refused: this.#refused },
          failure,
        );
        if (step.kind === "fail") throw error;
        if (step.waits) await this.#wait(failures);
        if (step.refuses) this.#refused.add(method);
        offset = await this.#resumable(step);
        if (offset === 0) this.#restart(error);
        method = offset > 0 ? "chunked" : step.method;
        chunkSize = step.chunkSize;
      }
    }
  }

  async #sendBy(method: UploadMethod, chunkSize: number, offset: number): Promise<void> {
    const { target, has, onProgress } = this.#options;
    const { signal } = target;
    const { transport } = target.endpoint;
    const { transfer, delay } = transport;
    const context: UploadContext = {
      action: target.action,
      session: await this.#open(),
      source: this.#source,
      onSent: (total, added) => {
        transfer.bytesUploaded += added;
        onProgress?.(total);
      },
      has,
      mayRepeat: (failures) => transport.mayRepeat(failures, this.#start),
      wait: (failures) => this.#wait(failures),
      delay: (duration) => delay(duration, { signal }),
    };
    if (method === "monolithic") {
      const { whole } = this.#source;
      if (whole === undefined) throw new TypeError("only what is in memory can be sent by one PUT");
      return await sendWhole(context, whole);
    }
    if (method === "stream") return await sendStream(context);
    return await sendChunks(context, chunkSize, offset);
  }

  /** The offset at which the session can be resumed; 0 if it cannot. */
  async #resumable(step: UploadStep & { readonly kind: "retry" }): Promise<number> {
    if (!step.resumes || this.#refused.has("chunked")) return 0;
    try {
      const offset = await (await this.#open()).offset();
      const isStuck = offset === this.#resumedAt;
      this.#resumedAt = offset;
      return !isStuck && this.#source.canOpen(offset) ? offset : 0;
    } catch (error) {
      if (error instanceof RegistryError) return 0;
      throw error;
    }
  }

  #restart(failure: RegistryError): void {
    if (!this.#source.replayable) throw this.#cannotRepeat(failure);
    this.#cancel();
    this.#session = undefined;
    this.#resumedAt = 0;
  }

  /** Adds to a failure why the upload is not tried again. */
  #cannotRepeat(failure: RegistryError): RegistryError {
    const { message, method, url, status, errors } = failure;
    return new RegistryError(
      `${message}; the upload cannot start anew, because its source can be read only once`,
      { method, url, status, errors, cause: failure },
    );
  }

  #open(): Promise<UploadSession> {
    if (this.#session === undefined) {
      this.#session = expectLater(startSession(this.#options.target));
    }
    return this.#session;
  }

  #cancel(): void {
    const session = this.#session;
    if (session !== undefined) {
      this.#options.runInBackground(session.then((it) => it.cancel(), () => {}));
    }
  }

  async #isThere(digest: Digest): Promise<boolean> {
    const { probe = true, has } = this.#options;
    const asks = typeof probe === "function" ? await probe() : probe;
    return asks && await has(digest) === true;
  }

  async #wait(failures: number): Promise<void> {
    const { endpoint: { transport }, signal } = this.#options.target;
    await transport.delay(transport.backOff.duration(failures), { signal });
  }
}

function uploadFailure(error: RegistryError): UploadFailure {
  if (error instanceof UnstoredError) return { kind: "unstored" };
  const { status, codes, errors } = error;
  if (status === undefined) return { kind: "connection" };
  return { kind: "refused", status, codes, text: describeEntries(errors) };
}

function stored(source: ReplayableSource): { readonly digest: Digest; readonly size: number } {
  const { digest, size } = source;
  if (digest === undefined || size === undefined) throw new TypeError("the source has not ended");
  return { digest, size };
}
