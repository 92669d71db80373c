/** The shapes of bytes and streams that programs expect: Node's own on Deno, Bun and Node, plain web ones elsewhere. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { toReadable } from "../base/readable.ts";
import { builtin, hasBuiltins } from "./builtin.ts";
import type { NativeBytes, NativeStream } from "./native_stream.ts";

/** A `Buffer` on the same memory where there is one, else the bytes as they are. */
export function toNativeBytes(bytes: Bytes): NativeBytes {
  if (!hasBuiltins()) return bytes as Uint8Array as NativeBytes;
  const { buffer, byteOffset, length } = bytes;
  const made: Uint8Array = builtin("node:buffer").Buffer.from(buffer, byteOffset, length);
  return made as NativeBytes;
}

/** A `Readable` where there is one, else a `ReadableStream`. Pull-driven: only what the stream itself demands is read ahead. */
export function toNativeStream(source: ByteStream): NativeStream {
  const stream: unknown = hasBuiltins()
    ? builtin("node:stream").Readable.from(withoutThrow(source), { objectMode: false })
    : toReadable(source);
  return stream as NativeStream;
}

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
