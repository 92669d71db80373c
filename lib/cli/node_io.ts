/** The surroundings of a real process. */

import { builtin, hostProcess } from "../host/builtin.ts";
import { readFile } from "../host/file_stream.ts";
import type { NodeHostOptions } from "../host/node_host.ts";
import type { Host } from "../image/host.ts";
import { errorReason } from "../host/system_error.ts";
import { isTerminal, readStandardInput } from "../host/standard_input.ts";
import type { Io, StopSignal } from "./io.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];
/** Where the terminal does not say. */
const USUAL_COLUMNS = 80;

/** Makes the surroundings of this process. */
export function createNodeIo(): Io {
  // A reader that is gone (`| head -0`) is told to the write's own callback; without a listener it would end the process.
  hostProcess?.stdout.on("error", () => {});
  hostProcess?.stderr.on("error", () => {});
  return {
    env: hostProcess?.env ?? {},
    terminal: { input: isTerminal(0), error: isTerminal(2) },
    get columns(): number {
      return hostProcess?.stderr.columns || USUAL_COLUMNS;
    },
    out: (text) => new Promise((resolve) => hostProcess?.stdout.write(text, () => resolve())),
    err: (text) => void hostProcess?.stderr.write(text),
    readInput: (signal) => readStandardInput({ signal }),
    readFile: (path) => readFile(path),
    isReplayable: (path) => !isPipe(path),
    writeFile,
    onStop(listener): () => void {
      const listeners = STOP_SIGNALS.map((name) => [name, (): void => listener(name)] as const);
      for (const [name, handle] of listeners) hostProcess?.on(name, handle);
      return () => {
        for (const [name, handle] of listeners) hostProcess?.off(name, handle);
      };
    },
    createHost,
    now: () => performance.now(),
  };
}

/** Loaded late: whoever asks for the help needs no codec and no credentials. */
async function createHost(options: NodeHostOptions): Promise<Host> {
  return (await import("../host/node_host.ts")).createNodeHost(options);
}

function isPipe(path: string): boolean {
  const stat = builtin("node:fs").statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile();
}

async function writeFile(path: string, text: string): Promise<void> {
  const { rename, rm, writeFile } = builtin("node:fs").promises;
  const pending = `${path}.${builtin("node:crypto").randomUUID()}.tmp`;
  try {
    await writeFile(pending, text);
    await rename(pending, path);
  } catch (error) {
    await rm(pending, { force: true });
    throw new Error(`Cannot write "${path}": ${errorReason(error)}`, { cause: error });
  }
}
