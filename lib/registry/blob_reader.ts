/** Reads and verifies a blob, and goes on where a connection broke. */

import type { ByteStream } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { BlobReference } from "../oci/blob_reference.ts";
import { DigestMismatchError } from "../storage/digest_mismatch_error.ts";
import { ContentCheck } from "../storage/verify.ts";
import { ConnectionError } from "./http/connection_error.ts";
import { encodingOf } from "./http/encoding.ts";
import { type Endpoint, type EndpointRequest, failed } from "./http/endpoint.ts";
import { describeFailure } from "./http/failure.ts";
import { parseContentRange } from "./upload/range.ts";
import { redactUrl } from "./http/redact.ts";
import { RegistryError } from "./http/registry_error.ts";
import { dropBody, readBody } from "./http/response_body.ts";
import type { Answer } from "./http/transport.ts";

/** Options of {@linkcode readBlob}. */
export interface ReadBlobOptions {
  readonly endpoint: Endpoint;
  readonly request: EndpointRequest;
  readonly blob: BlobReference;
  readonly createHasher: CreateHasher;
}

/**
 * The bytes of a blob.
 *
 * @throws {DigestMismatchError} at the end, if the digest is another; earlier, if there are more bytes than the blob has.
 */
export async function* readBlob(options: ReadBlobOptions): ByteStream {
  const { endpoint, request, blob: { digest, size }, createHasher } = options;
  const { transport } = endpoint;
  const check = new ContentCheck({ digest, size, action: request.action, createHasher });
  const pace = transport.createPace();
  const start = transport.now();
  let encoding: string | undefined;
  for (let failures = 0; size === undefined || check.size < size || failures === 0;) {
    const answer = await open(endpoint, request, check.size);
    let skip = check.size - (startOf(answer) ?? 0);
    try {
      encoding = encodingOf(answer.response);
      for await (const chunk of readBody(answer.response, answer.exchange, { pace })) {
        transport.transfer.bytesDownloaded += chunk.length;
        if (request.allowance !== undefined) transport.documents?.take(chunk.length, "a config");
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        await check.add(fresh);
        yield fresh;
      }
      if (size === undefined || check.size === size) break;
      throw new ConnectionError(new Error(`the answer ended after ${check.size} of ${size} bytes`));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      // Attempts that make progress, and not too slowly, are not counted.
      if (pace.isFast) failures = 0;
      pace.reset();
      const isSpent = request.allowance?.isSpent || !transport.mayRepeat(failures, start);
      failures++;
      if (isSpent) throw broken(request, answer, error);
      const duration = transport.backOff.duration(failures - 1);
      await transport.delay(duration, { signal: request.signal });
    }
  }
  try {
    await check.finish();
  } catch (error) {
    throw encoding === undefined ? error : withEncoding(error, encoding);
  }
}

/** Adds the encoding to a mismatch, since a runtime that decodes by itself gives other bytes. */
function withEncoding(error: unknown, encoding: string): unknown {
  if (!(error instanceof DigestMismatchError)) return error;
  const message =
    `${error.message}; its Content-Encoding is "${encoding}", which was not asked for`;
  return Object.assign(error, { message });
}

async function open(endpoint: Endpoint, request: EndpointRequest, offset: number): Promise<Answer> {
  const range = offset === 0 ? undefined : { Range: `bytes=${offset}-` };
  const ranged = { ...request, headers: { ...request.headers, ...range } };
  return await endpoint.send(ranged, async (answer) => {
    const { status } = answer.response;
    const start = startOf(answer);
    if (status === 200 || (status === 206 && start === offset)) return answer;
    // If the server cannot go on from there, the blob is read from its start.
    if (range !== undefined && (status === 206 || status === 416)) {
      await dropBody(answer.response, answer.exchange);
      return await open(endpoint, request, 0);
    }
    throw await failed(request, answer);
  });
}

/** The offset of an answer's first byte. */
function startOf({ response }: Answer): number | undefined {
  return response.status === 206
    ? parseContentRange(response.headers.get("content-range"))
    : undefined;
}

function broken({ action, method }: EndpointRequest, { url }: Answer, { cause }: Error): Error {
  return new RegistryError(`${action}: the answer broke off: ${describeFailure(cause)}`, {
    method,
    url: redactUrl(url),
    cause,
  });
}
