/** Surroundings for the program in tests: everything in memory. */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import type { Fetch } from "../../lib/base/fetch.ts";
import type { Io, StopSignal } from "../../lib/cli/io.ts";
import type { NodeHostOptions } from "../../lib/host/node_host.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";
import type { CredentialSource } from "../../lib/registry/auth/credential.ts";

/** What a test sets. */
export interface FakeIoOptions {
  readonly env?: Record<string, string>;
  readonly input?: Bytes | ((signal: AbortSignal) => ByteStream);
  readonly inputIsTerminal?: boolean;
  readonly outputIsTerminal?: boolean;
  readonly errorIsTerminal?: boolean;
  readonly columns?: number;
  /** Answers by question; none is the end of the input. */
  readonly answers?: Record<string, string>;
  readonly files?: Record<string, Bytes | string>;
  readonly fetch?: Fetch;
  readonly credentials?: CredentialSource;
  /** What the host has besides those. */
  readonly runtime?: Host;
  readonly checkWritable?: Io["checkWritable"];
  readonly writeFile?: Io["writeFile"];
}

/** Surroundings that remember. */
export interface FakeIo extends Io {
  readonly output: () => string;
  readonly errors: () => string;
  readonly written: Map<string, string>;
  readonly hostOptions: NodeHostOptions[];
  readonly asked: { readonly question: string; readonly hidden: boolean }[];
  /** As a person with Ctrl-C. */
  readonly stop: (signal: StopSignal) => void;
  /** Moves the clock on, milliseconds. */
  readonly pass: (milliseconds: number) => void;
}

/** Makes surroundings. */
export function createFakeIo(options: FakeIoOptions = {}): FakeIo {
  let output = "";
  let errors = "";
  let now = 0;
  const listeners = new Set<(signal: StopSignal) => void>();
  const written = new Map<string, string>();
  const hostOptions: NodeHostOptions[] = [];
  const asked: FakeIo["asked"] = [];
  const clocks = new Set<{ readonly call: () => void; readonly every: number; next: number }>();
  return {
    env: options.env ?? {},
    terminal: {
      input: options.inputIsTerminal ?? false,
      output: options.outputIsTerminal ?? false,
      error: options.errorIsTerminal ?? false,
    },
    columns: options.columns ?? 80,
    out: (text) => {
      output += text;
      return Promise.resolve();
    },
    err: (text) => void (errors += text),
    readInput: (signal) => toStream(options.input ?? new Uint8Array(), signal),
    ask: (question, { hidden }) => {
      asked.push({ question, hidden });
      errors += question;
      const answer = options.answers?.[question];
      return answer === undefined
        ? Promise.reject(new Error("nothing was typed"))
        : Promise.resolve(answer);
    },
    readFile: (path) => readFile(path, options.files ?? {}),
    isReplayable: () => true,
    checkWritable: options.checkWritable ?? (() => Promise.resolve()),
    writeFile: options.writeFile ?? ((path, text) => {
      written.set(path, text);
      return Promise.resolve();
    }),
    openLog: (path, { continues }) => {
      const files = options.files ?? {};
      if (!continues && files[path]) {
        throw new Error(`Cannot write "${path}": there is something in it already`);
      }
      return Promise.resolve({
        write(line): Promise<void> {
          files[path] = `${files[path] ?? ""}${line}`;
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    },
    onStop(listener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    createHost(given): ReturnType<Io["createHost"]> {
      hostOptions.push(given);
      const { fetch, credentials, runtime } = options;
      return Promise.resolve({ fetch, credentials, ...runtime });
    },
    now: () => now,
    every(milliseconds, call): () => void {
      const clock = { call, every: milliseconds, next: now + milliseconds };
      clocks.add(clock);
      return () => clocks.delete(clock);
    },
    exists: (path) => options.files?.[path] !== undefined,
    fileSize: (path) => options.files?.[path]?.length,
    output: () => output,
    errors: () => errors,
    written,
    hostOptions,
    asked,
    stop: (signal) => listeners.forEach((listener) => listener(signal)),
    pass(milliseconds): void {
      const end = now + milliseconds;
      const isDue = ({ next }: { readonly next: number }): boolean => next < end;
      for (let due = [...clocks].filter(isDue); due.length > 0; due = [...clocks].filter(isDue)) {
        for (const clock of due) {
          now = clock.next;
          clock.next += clock.every;
          clock.call();
        }
      }
      now = end;
    },
  };
}

async function* toStream(
  input: NonNullable<FakeIoOptions["input"]>,
  signal: AbortSignal,
): ByteStream {
  if (typeof input === "function") yield* input(signal);
  else if (input.length > 0) yield input;
}

async function* readFile(path: string, files: Record<string, Bytes | string>): ByteStream {
  const file = files[path];
  if (file === undefined) throw new Error(`Cannot read "${path}": there is no such file`);
  yield typeof file === "string" ? new TextEncoder().encode(file) : file;
}
