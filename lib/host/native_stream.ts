/** The streams and bytes that programs for Node, Deno and Bun know. */

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

/** Bytes: a `Buffer` where the types of Node are known, whose methods programs use, else a `Uint8Array`. */
export type NativeBytes = typeof globalThis extends
  { readonly Buffer: { alloc(size: number): infer Found } }
  ? Found extends Uint8Array ? Found : Uint8Array
  : Uint8Array;
