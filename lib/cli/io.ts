/** The surroundings of a command, which tests replace as a whole. */

import type { ByteStream } from "../base/bytes.ts";
import type { Environment } from "../host/credentials/auth_files.ts";
import type { AskOptions } from "../host/files/ask.ts";
import type { FileLog } from "./output/file_log.ts";
import type { NodeHostOptions } from "../host/node_host.ts";
import type { Host } from "../image/access/runtime_host.ts";

/** A signal that asks a program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The surroundings of a command. */
export interface Io {
  /** The environment's variables. */
  readonly env: Environment;
  /** Whether standard input, output and error are terminals. */
  readonly terminal: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Writes to standard output, and waits until it is written. A closed pipe is not an error. */
  out(text: string): Promise<void>;
  /** Writes to standard error. */
  err(text: string): void;
  /** Reads standard input; it can be called once. */
  readInput(signal: AbortSignal): ByteStream;
  /** Asks the user for a line on the terminal, which is not shown if `hidden` is set. */
  ask(question: string, options: AskOptions): Promise<string>;
  /** Reads a file, which is opened by the first read. */
  readFile(path: string): ByteStream;
  /** Whether a file can be read again, as a pipe cannot. */
  isReplayable(path: string): boolean;
  /** Rejects if a file can certainly not be written. Other reasons show only when it is written. */
  checkWritable(path: string): Promise<void>;
  /** Writes a small file in one step. */
  writeFile(path: string, text: string): Promise<void>;
  /**
   * Opens a file for lines, each of which is written at once, so that a killed program leaves the earlier ones.
   *
   * @param continues Whether to append to the file.
   */
  openLog(path: string, options: { readonly continues: boolean }): Promise<FileLog>;
  /** Calls a listener when the program is asked to stop. Returns a function that removes it. */
  onStop(listener: (signal: StopSignal) => void): () => void;
  /** Makes the runtime's host. */
  createHost(options: NodeHostOptions): Promise<Host>;
  /** Milliseconds of a monotonic clock. */
  now(): number;
  /** Calls a function periodically. Returns a function that stops it. */
  every(milliseconds: number, call: () => void): () => void;
  /** Whether a local path exists. */
  exists(path: string): boolean;
  /** The size of a file in bytes; undefined if it has none, as a pipe. */
  fileSize(path: string): number | undefined;
}
