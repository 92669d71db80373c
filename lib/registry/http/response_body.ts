/** Bodies of answers: watched for silence, or dropped. */

import type { ByteStream } from "../../base/bytes.ts";
import { onAbort } from "../../base/on_abort.ts";
import { checkEncoding } from "./encoding.ts";
import type { Exchange } from "./exchange.ts";
import type { Pace } from "./pace.ts";

/** Options of {@linkcode readBody}. */
export interface ReadBodyOptions {
  /**
   * Where it is a blob: how fast it comes. Without, the answer is a document, which comes in no encoding.
   *
   * @default none
   */
  readonly pace?: Pace | undefined;
}

/**
 * The body of an answer. The server may not be silent for long while it is being read; the time that the reader takes does not
 * count. The exchange is over with the body.
 *
 * @throws the reason why the exchange was ended, if it was.
 * @throws {EncodingError} if it comes in an encoding.
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
      pace?.wait();
      const result = await reader?.read();
      signal.throwIfAborted();
      pace?.take(result?.value?.length ?? 0);
      return result;
    } catch (error) {
      pace?.lose();
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

/** Lets go of a body that nobody wants. */
export async function dropBody(response: Response, exchange: Exchange): Promise<void> {
  exchange.close();
  await response.body?.cancel().catch(() => {});
}
