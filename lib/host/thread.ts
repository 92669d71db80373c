/**
 * A thread that answers questions in their order. A web worker where the runtime has them, since those start in a fraction of the time of
 * `node:worker_threads` on Deno and Bun.
 */

import { builtin } from "./builtin.ts";

/** How a script is run beside the main thread. */
interface Port {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Whether the process may end while the thread runs. Deno's web workers never let it. */
  setIdle(idle: boolean): void;
  /** Ends the thread, whatever it is doing. */
  close(): Promise<void>;
}

interface PortEvents {
  readonly onMessage: (message: unknown) => void;
  readonly onFailure: (what: string, cause?: unknown) => void;
}

/** The first message prepares, each further one is a question. */
const LOOP = `
let answer;
onmessage = ({ data }) => {
  if (answer === undefined) answer = prepare(data);
  else postMessage(...answer(data));
};
`;

/** What a thread of Node lacks to run the script of a web worker. */
const NODE_PRELUDE = `
const { parentPort } = process.getBuiltinModule("node:worker_threads");
const postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
let onmessage;
parentPort.on("message", (data) => onmessage({ data }));
`;

function openPort(script: string, events: PortEvents): Port {
  return typeof Worker === "function" ? openWebPort(script, events) : openNodePort(script, events);
}

function openWebPort(script: string, { onMessage, onFailure }: PortEvents): Port {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker: Worker & { ref?(): void; unref?(): void } = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }): void => onMessage(data);
  worker.onerror = (event): void => {
    // Deno would end the process.
    event.preventDefault();
    onFailure("it failed", event.error ?? event.message);
  };
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    setIdle: (idle) => idle ? worker.unref?.() : worker.ref?.(),
    close(): Promise<void> {
      worker.terminate();
      URL.revokeObjectURL(url);
      return Promise.resolve();
    },
  };
}

function openNodePort(script: string, { onMessage, onFailure }: PortEvents): Port {
  const { Worker } = builtin("node:worker_threads");
  const worker = new Worker(`${NODE_PRELUDE}${script}`, { eval: true });
  let isClosing = false;
  worker.on("message", onMessage);
  worker.on("error", (cause) => onFailure("it failed", cause));
  worker.on("exit", () => onFailure("it ended"));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    setIdle(idle): void {
      if (!idle) worker.ref();
      else if (!isClosing) worker.unref();
    },
    async close(): Promise<void> {
      // Nothing else may keep the process alive until the thread has ended, whatever it still answers.
      isClosing = true;
      worker.ref();
      await worker.terminate();
    },
  };
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread, and who waits for it, in order. An idle one does not keep the process from ending, where the runtime allows that. */
export class Thread {
  readonly #port: Port;
  readonly #action: string;
  readonly #waiting: Waiting[] = [];
  #failure: Error | undefined;

  /**
   * Starts it.
   *
   * @param script Source of a function `prepare(setup)`, which returns a function from a question to an answer and a list of buffers
   *   to transfer. A string, because only that survives bundling, `deno compile` and `bun compile`. It asks for builtins as `builtin.ts`
   *   does, because threads of Deno have no `require`.
   * @param setup For `prepare`; cloned.
   * @param action For messages: what the thread does.
   * @throws if this runtime has no threads.
   */
  constructor(script: string, setup: unknown, action: string) {
    this.#action = action;
    this.#port = openPort(`${script}${LOOP}`, {
      onMessage: (answer) => {
        this.#waiting.shift()?.resolve(answer as never);
        if (this.#waiting.length === 0) this.#port.setIdle(true);
      },
      onFailure: (what, cause) => this.#fail(what, cause),
    });
    this.#port.post(setup, []);
    this.#port.setIdle(true);
  }

  /** Questions that wait for their answers. */
  get load(): number {
    return this.#waiting.length;
  }

  /** @param transfer Buffers of the question that are handed over instead of copied. */
  ask<Answer>(question: unknown, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    this.#port.setIdle(false);
    this.#port.post(question, transfer);
    return answer;
  }

  /** Ends it, whatever it is doing; who still waits for it gets an error. */
  async close(): Promise<void> {
    await this.#port.close();
    this.#fail("it was ended");
  }

  #fail(what: string, cause?: unknown): void {
    this.#failure ??= new Error(`Cannot ${this.#action} in a thread: ${what}`, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
