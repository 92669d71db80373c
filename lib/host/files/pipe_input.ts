/** Reads pipes by the runtime's event loop. */

import type { Socket } from "node:net";
import { onAbort } from "../../base/on_abort.ts";
import type { ByteStream } from "../../base/bytes.ts";
import { builtin } from "../builtin.ts";
import { READ_SIZE } from "./file_stream.ts";

/** Bytes of a read: those that a pipe holds, since the loop reads again at once only if the buffer was filled. */
const PIPE_SIZE = 64 * 1024;

/** A pipe or socket that another program has opened. It is read into one buffer. */
export class PipeInput {
  readonly #buffer = new Uint8Array(READ_SIZE);
  readonly #socket: Socket;
  #filled = 0;
  #wake = (): void => {};

  /** @throws if the runtime takes no such descriptor: Deno before 2.8, and Deno if it has opened it itself. */
  constructor(descriptor: number) {
    this.#socket = new (builtin("node:net").Socket)({
      fd: descriptor,
      readable: true,
      writable: false,
      onread: {
        // Called after the last read of a chunk, too, for the first read of the next one.
        buffer: () => {
          const start = this.#filled % READ_SIZE;
          return this.#buffer.subarray(start, start + PIPE_SIZE);
        },
        callback: (count) => {
          this.#filled += count;
          if (this.#filled < READ_SIZE) return true;
          this.#wake();
          return false;
        },
      },
    });
  }

  /**
   * Reads it to its end, and nothing ahead, in full chunks of 256 KiB in the same memory, and closes it. It takes half of the CPU time of
   * `fs.read`, which needs a thread switch for every 64 KiB, and of a socket's own chunks, which allocate memory.
   *
   * @param signal Closes the pipe.
   */
  async *read(signal: AbortSignal | undefined): ByteStream {
    let ended = false;
    let failure: { readonly error: unknown } | undefined;
    this.#socket.on("error", (error) => failure = { error });
    for (const event of ["end", "close"]) {
      this.#socket.on(event, () => {
        ended = true;
        this.#wake();
      });
    }
    const stopListening = onAbort(signal, () => void this.#socket.destroy());
    try {
      signal?.throwIfAborted();
      while (!ended) {
        this.#filled = 0;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          this.#socket.resume();
        });
        signal?.throwIfAborted();
        if (failure !== undefined) throw failure.error;
        if (this.#filled > 0) yield this.#buffer.subarray(0, this.#filled);
      }
    } finally {
      stopListening();
      this.#socket.destroy();
    }
  }
}
