/** The end of every thread's program: the first message prepares it, and each further one is a question. */

import { builtin } from "../../lib/host/builtin.ts";
import type { Answerer, Reply, ThreadProgram } from "../../lib/host/compression/thread.ts";

/** The program, which is bundled before this file. */
declare const thread: ThreadProgram;

/** The global scope of web workers; threads of Node have `parentPort` in a module instead. */
interface WorkerScope {
  onmessage?: (event: { readonly data: unknown }) => void;
  readonly postMessage?: (message: Reply, transfer: ArrayBuffer[]) => void;
}

let answer: Answerer | undefined;

function take(message: unknown, post: (message: Reply, transfer: ArrayBuffer[]) => void): void {
  try {
    if (answer === undefined) {
      answer = thread.prepare(message);
      return;
    }
    const [value, transfer] = answer(message);
    post({ answer: value }, transfer);
  } catch (failure) {
    // Not thrown, since Deno prints what a thread throws even if it is handled.
    post({ failure }, []);
  }
}

const scope = globalThis as WorkerScope;
const { postMessage } = scope;
if (postMessage !== undefined) {
  scope.onmessage = ({ data }): void => take(data, (...sent) => postMessage(...sent));
} else {
  const { parentPort } = builtin("node:worker_threads");
  parentPort?.on("message", (data: unknown) => {
    take(data, (...sent) => parentPort.postMessage(...sent));
  });
}
