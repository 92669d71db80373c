/** The streams that programs for Node, Deno and Bun know. */

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
