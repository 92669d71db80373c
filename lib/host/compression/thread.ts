/**
 * A thread that answers questions in order. It is a web worker if the runtime has them, since those start much faster than
 * `node:worker_threads` on Deno and Bun.
 */

import { builtin } from "../builtin.ts";
import { LOOP_PROGRAM } from "./loop_program.ts";

/** The connection to a thread. */
interface Port {
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Ends the thread at once. */
  close(): Promise<void>;
}

interface PortEvents {
  readonly onMessage: (reply: Reply) => void;
  readonly onFailure: (what: string, cause?: unknown) => void;
}

/** Gives an answer, and the buffers in it that are transferred instead of copied. */
export type Answerer<Question = unknown, Answer = unknown> = (
  question: Question,
) => [answer: Answer, transfer: ArrayBuffer[]];

/** A message of a thread: an answer, or the error after which it gives no more answers. */
export type Reply = { readonly answer: unknown } | { readonly failure: unknown };

/** The value `thread` that the program of a thread defines. */
export interface ThreadProgram<Setup = unknown, Question = unknown, Answer = unknown> {
  prepare(setup: Setup): Answerer<Question, Answer>;
}

function openPort(script: string, events: PortEvents): Port {
  return typeof Worker === "function" ? openWebPort(script, events) : openNodePort(script, events);
}

function openWebPort(script: string, { onMessage, onFailure }: PortEvents): Port {
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = ({ data }): void => onMessage(data);
  worker.onerror = (event): void => {
    // Otherwise Deno ends the process.
    event.preventDefault();
    onFailure("it failed", event.error ?? event.message);
  };
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    close(): Promise<void> {
      worker.terminate();
      URL.revokeObjectURL(url);
      return Promise.resolve();
    },
  };
}

function openNodePort(script: string, { onMessage, onFailure }: PortEvents): Port {
  const { Worker } = builtin("node:worker_threads");
  const worker = new Worker(script, { eval: true });
  worker.on("message", onMessage);
  worker.on("error", (cause) => onFailure("it failed", cause));
  let isClosing = false;
  worker.on("exit", () => isClosing || onFailure("it ended"));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    async close(): Promise<void> {
      isClosing = true;
      await worker.terminate();
    },
  };
}

/** Milliseconds after which an idle thread is ended, which would keep the process from ending. */
const IDLE_TIME = 1_000;

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread that answers questions in order. It is ended while it is idle, and started again. */
export class Thread {
  readonly #script: string;
  readonly #setup: unknown;
  readonly #action: string;
  readonly #idleTime: number;
  readonly #waiting: Waiting[] = [];
  #port: Port | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #failure: Error | undefined;

  /**
   * Starts the thread.
   *
   * @param script JavaScript that defines `thread`, a {@linkcode ThreadProgram}, made by `scripts/threads/build.ts`. A string, because only
   *   that survives bundling, `deno compile` and `bun compile`. It loads builtins as `builtin.ts` does, since threads of Deno have no
   *   `require`.
   * @param setup Argument of `prepare`; cloned.
   * @param action What the thread does, for messages.
   * @param idleTime Milliseconds without a question after which the thread is ended.
   * @throws if this runtime has no threads.
   */
  constructor(script: string, setup: unknown, action: string, idleTime: number = IDLE_TIME) {
    this.#script = script;
    this.#setup = setup;
    this.#action = action;
    this.#idleTime = idleTime;
    this.#start();
  }

  /** Number of questions that wait for an answer. */
  get load(): number {
    return this.#waiting.length;
  }

  /** @param transfer Buffers in the question that are transferred instead of copied. */
  ask<Answer>(question: unknown, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    const port = this.#start();
    clearTimeout(this.#idle);
    port.post(question, transfer);
    return answer;
  }

  /** Ends the thread at once. Questions that wait for an answer fail. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#fail("it was ended");
    await this.#end();
  }

  #start(): Port {
    if (this.#port !== undefined) return this.#port;
    this.#port = openPort(`${this.#script}\n${LOOP_PROGRAM}`, {
      onMessage: (reply) => {
        if ("failure" in reply) {
          this.#fail("it failed", reply.failure);
          void this.#end();
          return;
        }
        this.#waiting.shift()?.resolve(reply.answer as never);
        if (this.#waiting.length === 0) this.#waitIdle();
      },
      onFailure: (what, cause) => this.#fail(what, cause),
    });
    this.#port.post(this.#setup, []);
    this.#waitIdle();
    return this.#port;
  }

  #waitIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#end(), this.#idleTime);
  }

  async #end(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    await port?.close();
  }

  #fail(what: string, cause?: unknown): void {
    this.#failure ??= new Error(`Cannot ${this.#action} in a thread: ${what}`, { cause });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
