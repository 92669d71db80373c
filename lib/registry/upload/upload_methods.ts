/** The three methods to send the bytes of a blob in a session. */

import { type Bytes, type ByteStream, concatBytes } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ReplayableSource } from "../../storage/replayable_source.ts";
import { describeEntries } from "../http/error_body.ts";
import { isPassingStatus } from "../http/failure.ts";
import { withDigest } from "./upload_location.ts";
import { uploadContentRange } from "./range.ts";
import { RegistryError } from "../http/registry_error.ts";
import { redactUrl } from "../http/redact.ts";
import { streamBody } from "./stream_body.ts";
import { isAboutSize } from "./upload_plan.ts";
import { UnstoredError } from "./unstored_error.ts";
import type { UploadSession } from "./upload_session.ts";

/** What the methods share. */
export interface UploadContext {
  readonly action: string;
  readonly session: UploadSession;
  readonly source: ReplayableSource;
  /** Told how many bytes of the blob were sent so far, and how many of them just now. */
  readonly onSent: (total: number, added: number) => void;
  /** Whether the repository has a blob; undefined if it does not tell. */
  readonly has: (digest: Digest) => Promise<boolean | undefined>;
  /** Whether a chunk is sent again after so many failures. */
  readonly mayRepeat: (failures: number) => boolean;
  /** Waits before a chunk is sent again. */
  readonly wait: (failures: number) => Promise<void>;
  /** Waits for milliseconds. */
  readonly delay: (duration: number) => Promise<void>;
}

/** Successful statuses of a PATCH: Amazon's registry answers 201. */
const PATCHED = [201, 202, 204];

/** Successful statuses of a closing PUT; only 201 says that the blob is stored. */
const CLOSED = [201, 200, 202, 204];

/** Milliseconds between the questions whether a blob is stored, for registries whose storage shows it only after a while. */
const CONFIRMATION_DELAYS = [250, 500, 1_000, 2_000, 4_000];

/** The most bytes of a chunk that is held in memory, whatever a registry wants. */
const LARGEST_CHUNK = 100 * 1024 * 1024;

/** The most milliseconds that a registry may take to store a blob: one on an object storage copies and hashes it. */
const STORING = 240_000;

/** Bytes per millisecond of the slowest storage. */
const SLOWEST_STORAGE = 1_000;

/** Bytes per millisecond of the slowest connection, for a body whose progress cannot be seen. */
const SLOWEST_LINE = 16;

const BINARY = { "Content-Type": "application/octet-stream" };

/** Sends a blob that is in memory by one PUT. It is not repeated here, since the session may hold what the first one sent. */
export async function sendWhole(context: UploadContext, whole: Blob): Promise<void> {
  await close(context, {
    headers: BINARY,
    extraTimeout: extraTimeoutFor(whole.size),
    body: () => {
      context.onSent(whole.size, whole.size);
      return whole;
    },
  });
}

/** Sends a blob by one PATCH and the closing PUT. Without `Content-Range`, with which some registries refuse a stream. */
export async function sendStream(context: UploadContext): Promise<void> {
  const { session, source } = context;
  const { whole } = source;
  let sent = 0;
  const count = (total: number, added: number): void => context.onSent(sent = total, added);
  const status = await session.send({
    method: "PATCH",
    headers: BINARY,
    accepts: PATCHED,
    extraTimeout: extraTimeoutFor(whole?.size ?? 0),
    streams: whole === undefined,
    canRepeat: () => source.replayable,
    body: (exchange) => {
      sent = 0;
      if (whole !== undefined) {
        count(whole.size, whole.size);
        return whole;
      }
      const counted = countBytes(source.open(0), (total, { length }) => count(total, length));
      return streamBody(counted, exchange, STORING);
    },
  });
  // A success before everything was sent means that not everything is stored.
  if (sent !== source.size) throw unstored(context, status, "before everything was sent");
  await close(context, { repeats: true, extraTimeout: storingTime(source.size ?? 0) });
}

/** Whether a registry asks for chunks, of a size that fits in memory. */
export function asksForChunks({ chunkMinLength = Infinity }: UploadSession): boolean {
  return chunkMinLength <= LARGEST_CHUNK;
}

/**
 * Sends a blob in chunks with their ranges, each of which is sent again if it fails, and the closing PUT.
 *
 * @param start Offset from which on the session lacks bytes.
 * @throws {RegistryError} if the registry wants chunks that do not fit in memory.
 */
export async function sendChunks(
  context: UploadContext,
  chunkSize: number,
  start: number,
): Promise<void> {
  const { session, source } = context;
  const { chunkMinLength = 1, chunkMaxLength = Infinity } = session;
  if (chunkMinLength > LARGEST_CHUNK) {
    throw new RegistryError(
      `${context.action}: registry wants chunks of at least ${chunkMinLength} bytes: expected at most ${LARGEST_CHUNK}`,
      // As an answer to the first request: no other attempt or method would change it.
      { method: "POST", url: redactUrl(session.url), status: 202 },
    );
  }
  const size = Math.min(Math.max(chunkSize, chunkMinLength), chunkMaxLength);
  let offset = start;
  for await (const chunk of chunked(source.open(start), size)) {
    await sendChunk(context, chunk, offset);
    offset += chunk.length;
  }
  await close(context, { repeats: true, extraTimeout: storingTime(source.size ?? 0) });
}

async function sendChunk(context: UploadContext, chunk: Bytes, offset: number): Promise<void> {
  const { session } = context;
  let stored = 0;
  for (let failures = 0;; failures++) {
    const rest = chunk.subarray(stored);
    try {
      await session.send({
        method: "PATCH",
        headers: {
          ...BINARY,
          "Content-Range": uploadContentRange(offset + stored, rest.length),
        },
        accepts: PATCHED,
        extraTimeout: extraTimeoutFor(rest.length),
        body: () => {
          context.onSent(offset + chunk.length, rest.length);
          return rest;
        },
      });
      return;
    } catch (error) {
      if (!context.mayRepeat(failures)) throw error;
      // 416: Deno repeats a request by itself when its connection breaks, after the session may have stored the first one.
      if (isRetryable(error)) await context.wait(failures);
      else if (!isOutOfStep(error)) throw error;
      const before = stored;
      stored = await session.offset() - offset;
      if (stored === chunk.length) return;
      const isStuck = isOutOfStep(error) && stored === before;
      if (stored < 0 || stored > chunk.length || isStuck) throw error;
    }
  }
}

/** Further milliseconds that the answer to a body of so many bytes may take. */
function extraTimeoutFor(size: number): number {
  return storingTime(size) + size / SLOWEST_LINE;
}

function storingTime(size: number): number {
  return Math.min(STORING, size / SLOWEST_STORAGE);
}

async function close(
  context: UploadContext,
  request: Omit<Parameters<UploadSession["send"]>[0], "method" | "accepts">,
): Promise<void> {
  const { session, source: { digest } } = context;
  if (digest === undefined) throw new TypeError("the digest is not known yet");
  const target = withDigest(session.url, digest);
  const status = await session.send({ ...request, method: "PUT", target, accepts: CLOSED });
  if (status !== 201 && !await isConfirmed(context, digest)) {
    throw unstored(context, status, "but does not have the blob");
  }
}

/** Whether a blob is stored, at once or after a while. True if the registry does not tell. */
async function isConfirmed({ has, delay }: UploadContext, digest: Digest): Promise<boolean> {
  if (await has(digest) !== false) return true;
  for (const duration of CONFIRMATION_DELAYS) {
    await delay(duration);
    if (await has(digest) !== false) return true;
  }
  return false;
}

/** The error for a success after which the blob is not stored. */
function unstored({ action, session }: UploadContext, status: number, what: string): UnstoredError {
  return new UnstoredError(`${action}: registry answered ${status} ${what}`, {
    method: "PUT",
    url: redactUrl(session.url),
    status,
  });
}

function isRetryable(error: unknown): error is RegistryError {
  return error instanceof RegistryError &&
    (error.status === undefined || isPassingStatus(error.status));
}

function isOutOfStep(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.status === 416 &&
    !isAboutSize(describeEntries(error.errors));
}

/** Cuts a stream into chunks of one size; the last one may be smaller. */
async function* chunked(stream: ByteStream, size: number): ByteStream {
  let pending: Bytes[] = [];
  let pendingSize = 0;
  for await (let chunk of stream) {
    while (pendingSize + chunk.length >= size) {
      const taken = size - pendingSize;
      yield concatBytes([...pending, chunk.subarray(0, taken)]);
      chunk = chunk.subarray(taken);
      pending = [];
      pendingSize = 0;
    }
    if (chunk.length > 0) pending.push(chunk);
    pendingSize += chunk.length;
  }
  if (pendingSize > 0) yield concatBytes(pending);
}
