/** Makes the body of a request from a stream, so that a broken stream is never taken for a whole blob. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { Exchange } from "../http/exchange.ts";

/**
 * Makes a body that is pulled. If the stream throws, the request is aborted *before* the body errors: workerd would end the body cleanly,
 * and the server would store a part as the whole. When the request is over, the stream is ended, since Node goes on reading it after a
 * reset (nodejs/node#61460).
 *
 * @param extraTimeout Further milliseconds of silence that are allowed after the end of the body.
 */
export function streamBody(
  stream: ByteStream,
  exchange: Exchange,
  extraTimeout: number,
): ReadableStream<Bytes> {
  const iterator = stream[Symbol.asyncIterator]();
  const end = (): void => void iterator.return?.().catch(() => {});
  exchange.over.addEventListener("abort", end, { once: true });
  return new ReadableStream<Bytes>({
    async pull(controller): Promise<void> {
      // The source is waited for now, not the server.
      exchange.pause();
      let read: IteratorResult<Bytes>;
      try {
        read = await iterator.next();
      } catch (error) {
        exchange.abort(error);
        throw error;
      }
      // If the request is over, the stream was ended early, which must not end the body cleanly.
      exchange.over.throwIfAborted();
      exchange.resetTimer(read.done ? extraTimeout : 0);
      if (read.done) controller.close();
      else controller.enqueue(read.value);
    },
    cancel: end,
  }, { highWaterMark: 0 });
}
