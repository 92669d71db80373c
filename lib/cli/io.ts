/** What a command touches of the world around it: replaced as a whole in tests. */

import type { ByteStream } from "../base/bytes.ts";
import type { Environment } from "../host/credentials/auth_files.ts";
import type { AskOptions } from "../host/files/ask.ts";
import type { FileLog } from "./output/file_log.ts";
import type { NodeHostOptions } from "../host/node_host.ts";
import type { Host } from "../image/access/runtime_host.ts";

/** A signal that asks a program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The program's surroundings. */
export interface Io {
  /** The environment's variables. */
  readonly env: Environment;
  /** Whether standard input, output and error are a person's terminal. */
  readonly terminal: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Writes to standard output, and waits until it is written. A reader that has gone is not an error. */
  out(text: string): Promise<void>;
  /** Writes to standard error. */
  err(text: string): void;
  /** Reads standard input; it can be called once. */
  readInput(signal: AbortSignal): ByteStream;
  /** Asks the person at the terminal for a line; `hidden` shows nothing of it. */
  ask(question: string, options: AskOptions): Promise<string>;
  /** Reads a file; it is opened when its first byte is asked for. */
  readFile(path: string): ByteStream;
  /** Whether a file gives the same bytes when it is opened again, as a pipe does not. */
  isReplayable(path: string): boolean;
  /** Rejects if a file can certainly not be written: what is not seen before is seen when it is written. */
  checkWritable(path: string): Promise<void>;
  /** Writes a small file in one step. */
  writeFile(path: string, text: string): Promise<void>;
  /**
   * Opens a file that lines are written to as they come, each at once, so that a killed program leaves those before.
   *
   * @param continues Whether they go behind what is there.
   */
  openLog(path: string, options: { readonly continues: boolean }): Promise<FileLog>;
  /** Calls a listener when the program is asked to stop; the result removes the listener. */
  onStop(listener: (signal: StopSignal) => void): () => void;
  /** Prepares what the runtime offers beyond web standards. */
  createHost(options: NodeHostOptions): Promise<Host>;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls something again and again, with milliseconds between; the result ends that. */
  every(milliseconds: number, call: () => void): () => void;
  /** Whether there is anything at a local path. */
  exists(path: string): boolean;
  /** The size of a file in bytes, or undefined where it has none, as a pipe. */
  fileSize(path: string): number | undefined;
}
