/** Limits how many streams are open at a time. */

import type { ByteStream } from "./bytes.ts";
import type { Limiter } from "./limiter.ts";

/** Opens a stream once the limit allows it. It counts as open until it was read to its end or was ended. */
export async function* limitedStream(limit: Limiter, open: () => ByteStream): ByteStream {
  let release: () => void = () => {};
  await new Promise<void>((granted) => {
    void limit(() =>
      new Promise<void>((done) => {
        release = done;
        granted();
      })
    );
  });
  try {
    yield* open();
  } finally {
    release();
  }
}
