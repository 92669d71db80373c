/** Node's own shapes of bytes and streams; Deno and Bun have them too. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { NativeStream, NativeTypes } from "../container_image_builder/native_types.ts";
import { builtin } from "./builtin.ts";

/** `Buffer` and `Readable`. */
export const nodeTypes: NativeTypes = {
  bytes({ buffer, byteOffset, length }: Bytes): Uint8Array {
    return builtin("node:buffer").Buffer.from(buffer, byteOffset, length);
  },
  stream(source: ByteStream): NativeStream {
    const chunks = withoutThrow(source);
    const readable: unknown = builtin("node:stream").Readable.from(chunks, { objectMode: false });
    return readable as NativeStream;
  },
};

/** `destroy(error)` throws into its iterator, and what a generator says to that, where a stage of it cannot, would hide the error. */
function withoutThrow(source: ByteStream): ByteStream {
  return {
    [Symbol.asyncIterator](): AsyncIterator<Bytes> {
      const iterator = source[Symbol.asyncIterator]();
      return {
        next: () => iterator.next(),
        return: async () => await iterator.return?.() ?? { done: true, value: undefined },
      };
    },
  };
}
