/** Types of the streams and bytes that programs for Node, Deno and Bun use. */

/**
 * A stream of bytes. On Deno, Bun and Node it is a `Readable` of `node:stream`, with `on` and `pipe`; elsewhere a web `ReadableStream`,
 * which is only iterated and has neither.
 */
export interface NativeStream extends AsyncIterable<Uint8Array> {
  /** Adds a listener. */
  // deno-lint-ignore no-explicit-any -- the events' own types are Node's.
  on(event: string, listener: (...values: any[]) => void): this;
  /** Pipes the stream into another one. */
  pipe<Destination>(destination: Destination): Destination;
  /** Pauses the stream. */
  pause(): this;
  /** Resumes the stream. */
  resume(): this;
  /** Ends the stream. */
  // deno-lint-ignore no-explicit-any -- see above.
  destroy(error?: any): this;
}

/** A `Buffer` if Node's types are known, whose methods programs use; otherwise a `Uint8Array`. */
export type NativeBytes = typeof globalThis extends
  { readonly Buffer: { alloc(size: number): infer Found } }
  ? Found extends Uint8Array ? Found : Uint8Array
  : Uint8Array;
