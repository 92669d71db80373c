/** Standard input as a pull-driven stream. */

import { abortable } from "../../base/abortable.ts";
import type { ByteStream } from "../../base/bytes.ts";
import { delay } from "../../base/delay.ts";
import { builtin } from "../builtin.ts";
import { runtime } from "../runtime.ts";
import { closeFile, READ_SIZE, readInto } from "./file_stream.ts";
import { readPipe } from "./pipe_input.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Options of {@linkcode readStandardInput}. */
export interface StandardInputOptions {
  /** Ends a read that is waiting for its producer. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The file descriptor.
   *
   * @default {0}
   */
  readonly descriptor?: number | undefined;
}

/** Milliseconds to wait where a descriptor was made non-blocking by a parent process: from, and at most. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 50;

/**
 * Reads standard input, and nothing ahead. A chunk is good only until the next one is asked for. `process.stdin` is never touched: on Node that alone makes a pipe non-blocking. Ending the
 * stream early closes the descriptor, so that the producer stops too.
 */
export function readStandardInput(options: StandardInputOptions = {}): ByteStream {
  const { signal, descriptor = 0 } = options;
  return runtime === "node" && isPipe(descriptor)
    ? readThroughSocket(descriptor, signal)
    : readDescriptor(descriptor, signal);
}

function isPipe(descriptor: number): boolean {
  try {
    const stat = builtin("node:fs").fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}

/** Node cannot end before an `fs.read` that waits for its producer has come back, not even by `process.exit`; a socket it can close. */
async function* readThroughSocket(
  descriptor: number,
  signal: AbortSignal | undefined,
): ByteStream {
  try {
    yield* readPipe(descriptor, signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw readError(error);
  }
}

/** In chunks of 256 KiB, filled up, since a pipe gives 64 KiB at a time, and all in the same memory. */
async function* readDescriptor(descriptor: number, signal: AbortSignal | undefined): ByteStream {
  const buffer = new Uint8Array(READ_SIZE);
  let ended = false;
  try {
    while (!ended) {
      let filled = 0;
      while (filled < buffer.length) {
        // A read of a pipe cannot be cancelled, only be waited for no longer.
        const count = await abortable(
          readOnce(descriptor, buffer.subarray(filled), signal),
          signal,
        );
        ended = count === 0;
        if (ended) break;
        filled += count;
      }
      if (filled > 0) yield buffer.subarray(0, filled);
    }
  } finally {
    // Not after an aborted read: it may still be under way, and the process is about to end.
    if (!ended && !signal?.aborted) await closeFile(descriptor).catch(() => {});
  }
}

function readError(cause: unknown): Error {
  return new Error(`Cannot read standard input: ${errorReason(cause)}`, { cause });
}

async function readOnce(
  descriptor: number,
  target: Uint8Array<ArrayBuffer>,
  signal: AbortSignal | undefined,
): Promise<number> {
  for (let wait = FIRST_WAIT;; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    try {
      return await readInto(descriptor, target, null);
    } catch (error) {
      const code = errorCode(error);
      // Windows reports the end of a pipe as an error.
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw readError(error);
    }
    await delay(wait, { signal });
  }
}

/** Whether a descriptor is a terminal: 0 is standard input, 1 standard output, 2 standard error. */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  // Loading `node:tty` takes Bun and Deno 5 to 9 ms, and in scripts there is mostly a pipe, a file or /dev/null.
  return mayBeTerminal(descriptor) && builtin("node:tty").isatty(descriptor);
}

/**
 * Whether a descriptor is a character device, as terminals are, and not the one that is empty; one that is closed is none, and one that
 * cannot be told is taken for one.
 */
function mayBeTerminal(descriptor: number): boolean {
  const { fstatSync, statSync } = builtin("node:fs");
  try {
    const status = fstatSync(descriptor);
    if (!status.isCharacterDevice()) return false;
    // Undefined on Windows.
    const empty = statSync("/dev/null", { throwIfNoEntry: false });
    return empty === undefined || empty.rdev !== status.rdev;
  } catch (error) {
    return errorCode(error) !== "EBADF";
  }
}
