/** Node's own shapes of bytes and streams; Deno and Bun have them too. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { NativeStream, NativeTypes } from "../image/native_types.ts";
import { builtin } from "./builtin.ts";

/** `Buffer` and `Readable`. */
export const nodeTypes: NativeTypes = {
  bytes({ buffer, byteOffset, length }: Bytes): Uint8Array {
    return builtin("node:buffer").Buffer.from(buffer, byteOffset, length);
  },
  stream(source: ByteStream): NativeStream {
    const readable: unknown = builtin("node:stream").Readable.from(source, { objectMode: false });
    return readable as NativeStream;
  },
};
