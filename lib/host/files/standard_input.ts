/** Standard input as a pull-driven stream. */

import { abortable } from "../../base/abortable.ts";
import type { ByteStream } from "../../base/bytes.ts";
import { delay } from "../../base/delay.ts";
import { builtin } from "../builtin.ts";
import { runtime } from "../runtime.ts";
import { closeFile, READ_SIZE } from "./file_stream.ts";
import { PipeInput } from "./pipe_input.ts";
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

/** The shortest and the longest wait, in milliseconds, for a descriptor that a parent process has made non-blocking. */
const FIRST_WAIT = 1;
const LONGEST_WAIT = 50;

/**
 * Reads standard input, and nothing ahead. A chunk is valid only until the next one is asked for. `process.stdin` is not used, which alone
 * makes a pipe non-blocking on Node. Ending the stream early closes the descriptor, so that the producer stops too.
 */
export function readStandardInput(options: StandardInputOptions = {}): ByteStream {
  const { signal, descriptor = 0 } = options;
  // Bun takes longer to load its sockets than to append a small layer.
  return runtime !== "bun" && isPipe(descriptor)
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

/** Reads through a socket, which Node can close: with a pending `fs.read` it cannot end, not even by `process.exit`. */
async function* readThroughSocket(
  descriptor: number,
  signal: AbortSignal | undefined,
): ByteStream {
  let pipe: PipeInput;
  try {
    pipe = new PipeInput(descriptor);
  } catch {
    return yield* readDescriptor(descriptor, signal);
  }
  try {
    yield* pipe.read(signal);
  } catch (error) {
    throw signal?.aborted ? error : readError(error);
  }
}

/** Reads full chunks of 256 KiB in the same memory, since a pipe gives 64 KiB at a time. */
async function* readDescriptor(descriptor: number, signal: AbortSignal | undefined): ByteStream {
  const buffer = new Uint8Array(READ_SIZE);
  let ended = false;
  try {
    while (!ended) {
      // A read of a pipe cannot be cancelled, but the waiting for it can.
      const filled = await abortable(fill(buffer, descriptor, signal), signal);
      ended = filled < buffer.length;
      if (filled > 0) yield buffer.subarray(0, filled);
    }
  } finally {
    // Not after an aborted read, which may still be running; the process is about to end.
    if (!ended && !signal?.aborted) await closeFile(descriptor).catch(() => {});
  }
}

function readError(cause: unknown): Error {
  return new Error(`Cannot read standard input: ${errorReason(cause)}`, { cause });
}

/**
 * Fills an array, and returns how many bytes came: fewer only at the end. One promise for all reads of it: a pipe gives 64 KiB at a time,
 * and to wait for each of them, and for a signal, took 2 % of the CPU of a run.
 */
function fill(
  target: Uint8Array<ArrayBuffer>,
  descriptor: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { read } = builtin("node:fs");
  return new Promise((resolve, reject) => {
    let filled = 0;
    let wait = FIRST_WAIT;
    const take = (error: Error | null, count: number): void => {
      const code = error === null ? undefined : errorCode(error);
      if (code === "EAGAIN") {
        delay(wait, { signal }).then(readOn, reject);
        wait = Math.min(2 * wait, LONGEST_WAIT);
        return;
      }
      // Windows reports the end of a pipe as an error.
      if (error !== null && code !== "EOF") return reject(readError(error));
      filled += error === null ? count : 0;
      wait = FIRST_WAIT;
      if (error !== null || count === 0 || filled === target.length) resolve(filled);
      else readOn();
    };
    const readOn = (): void => {
      if (signal?.aborted) reject(signal.reason);
      else read(descriptor, target, filled, target.length - filled, null, take);
    };
    readOn();
  });
}

/** Whether a descriptor is a terminal: 0 is standard input, 1 standard output, 2 standard error. */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  // First checked without `node:tty`, which takes 5 to 9 ms to load on Bun and Deno.
  return mayBeTerminal(descriptor) && builtin("node:tty").isatty(descriptor);
}

/**
 * Whether a descriptor may be a terminal: a character device other than `/dev/null`. False for a closed one, true if it cannot be told.
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
