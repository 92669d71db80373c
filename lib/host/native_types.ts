/** Converts bytes and streams to Node's own types on Deno, Bun and Node. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { toReadable } from "../base/readable.ts";
import { builtin, hasBuiltins } from "./builtin.ts";
import type { NativeBytes, NativeStream } from "./native_stream.ts";

/** A `Buffer` on the same memory if the runtime has `Buffer`, else the bytes themselves. */
export function toNativeBytes(bytes: Bytes): NativeBytes {
  if (!hasBuiltins()) return bytes as Uint8Array as NativeBytes;
  const { buffer, byteOffset, length } = bytes;
  const made: Uint8Array = builtin("node:buffer").Buffer.from(buffer, byteOffset, length);
  return made as NativeBytes;
}

/** A `Readable` if the runtime has it, else a `ReadableStream`. Pull-driven: only what the stream itself demands is read ahead. */
export function toNativeStream(source: ByteStream): NativeStream {
  const stream: unknown = hasBuiltins()
    ? builtin("node:stream").Readable.from(withoutThrow(source), { objectMode: false })
    : toReadable(source);
  return stream as NativeStream;
}

/** Hides `throw` from `destroy(error)`, which would call it: a generator's own failure would then replace the error. */
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
