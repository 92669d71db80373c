/**
 * The shapes that programs written for `container-image-builder` expect of bytes and streams: Node's own where there are any, plain
 * web ones elsewhere. Set by the module that knows the runtime.
 */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { toReadable } from "../base/readable.ts";

/**
 * A stream of bytes. On Deno, Bun and Node it is a `Readable` of `node:stream`, with `on` and `pipe`; elsewhere a web `ReadableStream`,
 * which is only iterated and has neither.
 */
export interface NativeStream extends AsyncIterable<Uint8Array> {
  /** Listens. */
  // deno-lint-ignore no-explicit-any -- the events' own types are Node's.
  on(event: string, listener: (...values: any[]) => void): this;
  /** Sends all of it on. */
  pipe<Destination>(destination: Destination): Destination;
  /** Stops the flow. */
  pause(): this;
  /** Lets it flow again. */
  resume(): this;
  /** Ends it. */
  // deno-lint-ignore no-explicit-any -- see above.
  destroy(error?: any): this;
}

/** Makes a runtime's own shapes. */
export interface NativeTypes {
  /** A `Buffer` where there is one. */
  bytes(bytes: Bytes): Uint8Array;
  /** Pull-driven: nothing is read ahead but for what the shape itself demands. */
  stream(source: ByteStream): NativeStream;
}

let current: NativeTypes = {
  bytes: (bytes) => bytes,
  stream: (source) => toReadable(source) as unknown as NativeStream,
};

/** Sets the shapes. Done once, by the module that knows the runtime. */
export function setNativeTypes(types: NativeTypes): void {
  current = types;
}

/** The shapes of this runtime. */
export function nativeTypes(): NativeTypes {
  return current;
}
