/** Reads a part of a blob, where a registry gives parts. */

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
 * A part of a blob, which nothing vouches for yet: a digest is of the whole. A server that ignores the range answers 200 with the whole,
 * of which then nothing is read.
 *
 * @returns undefined where no parts are given.
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
    // 403 is how some storages refuse a range that they could give.
    if (status < 400 || status === 403 || status === 416) {
      await dropBody(response, exchange);
      return undefined;
    }
    throw await failed(request, answer);
  });
}
