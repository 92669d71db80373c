/** Reads the bodies of answers, with limits on silence and speed. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import { onAbort } from "../../base/on_abort.ts";
import { checkEncoding } from "./encoding.ts";
import type { Exchange } from "./exchange.ts";
import type { Pace } from "./pace.ts";
import { collectBytes, type CollectOptions } from "../../base/collect.ts";

/** Options of {@linkcode readBody}. */
export interface ReadBodyOptions {
  /**
   * Measures the speed of a blob. Without it, the body is that of a document, which must have no encoding.
   *
   * @default none
   */
  readonly pace?: Pace | undefined;
}

/**
 * Reads the body of an answer. The timeout of silence counts while the server is waited for, not while the reader is slow. The exchange is
 * over with the body.
 *
 * @throws the reason why the exchange was ended, if it was.
 * @throws {EncodingError} if the body is encoded.
 */
export async function* readBody(
  response: Response,
  exchange: Exchange,
  { pace }: ReadBodyOptions = {},
): ByteStream {
  const { signal } = exchange;
  try {
    checkEncoding(response, pace !== undefined);
  } catch (error) {
    await dropBody(response, exchange);
    throw error;
  }
  const reader = response.body?.getReader();
  // Not every runtime ends the body of an answer when its request is aborted after the headers.
  const abort = (): void => void reader?.cancel().catch(() => {});
  const stopListening = onAbort(signal, abort);
  const read = async (): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>> | undefined> => {
    try {
      signal.throwIfAborted();
      exchange.resetTimer();
      pace?.startWaiting();
      const result = await reader?.read();
      signal.throwIfAborted();
      pace?.add(result?.value?.length ?? 0);
      return result;
    } catch (error) {
      pace?.stopWaiting();
      throw exchange.failure(error);
    } finally {
      exchange.pause();
    }
  };
  try {
    for (let result = await read(); result?.done === false; result = await read()) {
      yield result.value;
    }
  } finally {
    stopListening();
    await reader?.cancel().catch(() => {});
    exchange.close();
  }
}

/**
 * Reads a body that is known to be small.
 *
 * @throws {RangeError} if it is longer than the limit.
 */
export async function readAll(
  { response, exchange }: { readonly response: Response; readonly exchange: Exchange },
  options: CollectOptions,
): Promise<Bytes> {
  return await collectBytes(readBody(response, exchange), options);
}

/** Cancels a body that is not read. */
export async function dropBody(response: Response, exchange: Exchange): Promise<void> {
  exchange.close();
  await response.body?.cancel().catch(() => {});
}
