/** The surroundings of a real process. */

import { builtin, hostProcess } from "../host/builtin.ts";
import { readFile } from "../host/files/file_stream.ts";
import type { NodeHostOptions } from "../host/node_host.ts";
import type { Host } from "../image/access/runtime_host.ts";
import { errorCode, errorReason } from "../host/system_error.ts";
import { isTerminal, readStandardInput } from "../host/files/standard_input.ts";
import type { Io, StopSignal } from "./io.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];
/** Columns if the terminal does not tell. */
const USUAL_COLUMNS = 80;

/** Makes the surroundings of this process. */
export function createNodeIo(): Io {
  return {
    env: hostProcess?.env ?? {},
    terminal: {
      get input(): boolean {
        return isTerminal(0);
      },
      get output(): boolean {
        return isTerminal(1);
      },
      get error(): boolean {
        return isTerminal(2);
      },
    },
    get columns(): number {
      // Without a terminal, no stream is made to ask: see `writeAll`.
      if (!isTerminal(2) && !isTerminal(1)) return USUAL_COLUMNS;
      return hostProcess?.stderr.columns || hostProcess?.stdout.columns || USUAL_COLUMNS;
    },
    out: (text) => Promise.resolve().then(() => writeAll(1, text)),
    err: tryWrite,
    readInput: (signal) => readStandardInput({ signal }),
    ask: async (question, options) =>
      await (await import("../host/files/ask.ts")).ask(question, options),
    readFile: (path) => readFile(path),
    isReplayable: (path) => !isPipe(path),
    checkWritable,
    writeFile,
    openLog: async (path, options) =>
      await (await import("./output/file_log.ts")).openLog(path, options),
    onStop(listener): () => void {
      const listeners = STOP_SIGNALS.map((name) => [name, (): void => listener(name)] as const);
      for (const [name, handle] of listeners) hostProcess?.on(name, handle);
      return () => {
        for (const [name, handle] of listeners) hostProcess?.off(name, handle);
      };
    },
    createHost,
    now: () => performance.now(),
    every(milliseconds, call): () => void {
      const timer = setInterval(call, milliseconds);
      return () => clearInterval(timer);
    },
    exists: (path) => builtin("node:fs").existsSync(path),
    fileSize(path): number | undefined {
      const status = builtin("node:fs").statSync(path, { throwIfNoEntry: false });
      return status?.isFile() ? status.size : undefined;
    },
  };
}

/**
 * Writes to a descriptor and waits until it is written. Not through `process.stdout`, whose stream takes 10 ms to make on Bun and 25 on
 * Deno, most of the time of a short command.
 *
 * @throws {Error} if it cannot be written, as on a full disk. A closed pipe (`| head -0`) is not an error.
 */
function writeAll(descriptor: 1 | 2, text: string): void {
  const { writeSync } = builtin("node:fs");
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (cause) {
      const code = errorCode(cause);
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") {
        throw new Error(`Cannot write the result: ${errorReason(cause)}`, { cause });
      }
      // The reader shares the descriptor, has made it non-blocking, and is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Writes to standard error, and ignores failures. */
function tryWrite(text: string): void {
  try {
    writeAll(2, text);
  } catch {
    // There is no other place to report it.
  }
}

/** Loads the host only when it is needed: the help needs no codec and no credentials. */
async function createHost(options: NodeHostOptions): Promise<Host> {
  return (await import("../host/node_host.ts")).createNodeHost(options);
}

function isPipe(path: string): boolean {
  const stat = builtin("node:fs").statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile();
}

async function checkWritable(path: string): Promise<void> {
  const { access, stat } = builtin("node:fs").promises;
  const { W_OK } = builtin("node:fs").constants;
  try {
    const status = await stat(path).catch(() => undefined);
    if (status?.isDirectory()) throw new Error("it is a directory");
    await (status === undefined ? access(builtin("node:path").dirname(path), W_OK) : undefined);
  } catch (error) {
    throw new Error(`Cannot write "${path}": ${errorReason(error)}`, { cause: error });
  }
}

async function writeFile(path: string, text: string): Promise<void> {
  const { appendFile, stat, writeFile } = builtin("node:fs").promises;
  const descriptor = descriptorOf(path);
  // Written by its descriptor: if a redirected file were opened again, it would be written from its start.
  if (descriptor === 1 || descriptor === 2) return writeAll(descriptor, text);
  try {
    const status = await stat(path).catch(() => undefined);
    // Deno cannot write to other descriptors by their numbers.
    if (descriptor !== undefined) await appendFile(path, text);
    // A pipe or a device is not replaced, and a link stays a link.
    else if (status !== undefined && !status.isFile()) await writeFile(path, text);
    else await replaceFile(path, text, status?.mode);
  } catch (error) {
    throw new Error(`Cannot write "${path}": ${errorReason(error)}`, { cause: error });
  }
}

/** The descriptor that a path such as `/dev/stdout` stands for. */
function descriptorOf(path: string): number | undefined {
  if (path === "/dev/stdout") return 1;
  if (path === "/dev/stderr") return 2;
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Error codes of a file that cannot be replaced, because of its directory or as a mount, but may be writable. */
const CANNOT_REPLACE: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "EROFS", "EBUSY"]);

/** @param mode Mode of the file, if it exists. */
async function replaceFile(path: string, text: string, mode: number | undefined): Promise<void> {
  const { chmod, realpath, rename, rm, writeFile } = builtin("node:fs").promises;
  const target = mode === undefined ? path : await realpath(path);
  const pending = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFile(pending, text, { mode });
    // The mode of a new file is reduced by the umask.
    if (mode !== undefined) await chmod(pending, mode);
    await rename(pending, target);
  } catch (error) {
    await rm(pending, { force: true });
    if (mode === undefined || !CANNOT_REPLACE.has(errorCode(error))) throw error;
    await writeFile(target, text);
  }
}
