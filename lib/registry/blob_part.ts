/** Reads a part of a blob by a range request. */

import { type Bytes, concatBytes } from "../base/bytes.ts";
import { type Endpoint, type EndpointRequest, failed } from "./http/endpoint.ts";
import { dropBody, readBody } from "./http/response_body.ts";
import { parseContentRange } from "./upload/range.ts";

/** Options of {@linkcode readBlobPart}. */
export interface ReadBlobPartOptions {
  readonly endpoint: Endpoint;
  readonly request: EndpointRequest;
  /** Bytes from the start of the blob. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * Reads a part of a blob. It cannot be verified, since a digest is of the whole. If a server ignores the range, the body is not read.
 *
 * @returns undefined if the registry gives no parts.
 */
export async function readBlobPart(
  { endpoint, request, start, length }: ReadBlobPartOptions,
): Promise<Bytes | undefined> {
  const { transport } = endpoint;
  const headers = { ...request.headers, Range: `bytes=${start}-${start + length - 1}` };
  return await endpoint.send({ ...request, headers }, async (answer) => {
    const { response, exchange } = answer;
    const { status } = response;
    const first = parseContentRange(response.headers.get("content-range"));
    if (status === 206 && first === start) {
      const chunks: Bytes[] = [];
      let left = length;
      for await (const chunk of readBody(response, exchange, { pace: transport.createPace() })) {
        transport.transfer.bytesDownloaded += chunk.length;
        chunks.push(chunk.subarray(0, left));
        left -= Math.min(left, chunk.length);
        if (left === 0) break;
      }
      return left === 0 ? concatBytes(chunks) : undefined;
    }
    // Some storages refuse ranges with 403.
    if (status < 400 || status === 403 || status === 416) {
      await dropBody(response, exchange);
      return undefined;
    }
    throw await failed(request, answer);
  });
}
