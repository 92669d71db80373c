/** A request's body from a stream: the one place that keeps a broken upload from being taken for a whole one. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { Exchange } from "../http/exchange.ts";

/**
 * Makes a body that is pulled. Where the stream throws, the request is aborted *before* the body errors: workerd would end such a body
 * cleanly, and the server store a part as the whole. When the request is over, the stream is ended: Node goes on reading it after a
 * reset (nodejs/node#61460).
 *
 * @param extraTimeout Further milliseconds that the other side may be silent after the end.
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
      // It is the source that is waited for now, not the server.
      exchange.pause();
      let read: IteratorResult<Bytes>;
      try {
        read = await iterator.next();
      } catch (error) {
        exchange.abort(error);
        throw error;
      }
      // A stream that was ended early must not end the body as if it were whole.
      exchange.over.throwIfAborted();
      exchange.resetTimer(read.done ? extraTimeout : 0);
      if (read.done) controller.close();
      else controller.enqueue(read.value);
    },
    cancel: end,
  }, { highWaterMark: 0 });
}
