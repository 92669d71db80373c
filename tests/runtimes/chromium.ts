/** A headless Chromium, driven over its own protocol. */

import { spawn } from "node:child_process";
import { withDirectory } from "../end_to_end/scratch.ts";

/** Runs an expression in the page and returns its value, awaited. */
export type Evaluate = (expression: string) => Promise<unknown>;

/** Opens a page while an action uses it. */
export function withPage<T>(url: string, action: (evaluate: Evaluate) => Promise<T>): Promise<T> {
  return withDirectory(async (profile) => {
    const child = spawn("chromium", [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ], { stdio: ["ignore", "ignore", "pipe"] });
    const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
    try {
      const port = await new Promise<string>((resolve, reject) => {
        let words = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          words += text;
          const found = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(words)?.[1];
          if (found !== undefined) resolve(found);
        });
        closed.then(() => reject(new Error(`Cannot start Chromium: ${words}`)));
      });
      const created = await fetch(
        `http://127.0.0.1:${port}/json/new?${encodeURIComponent(url)}`,
        { method: "PUT" },
      );
      const socket = new WebSocket((await created.json()).webSocketDebuggerUrl);
      try {
        const evaluate = await attach(socket);
        await loaded(evaluate, url);
        return await action(evaluate);
      } finally {
        socket.close();
      }
    } finally {
      child.kill("SIGKILL");
      await closed;
    }
  });
}

/** Waits for the page: a new one is about:blank for a moment. */
async function loaded(evaluate: Evaluate, url: string): Promise<void> {
  const state = `document.readyState + " " + location.href`;
  const deadline = Date.now() + 120_000;
  while (await evaluate(state).catch(() => "") !== `complete ${url}`) {
    if (Date.now() > deadline) throw new Error(`Cannot open ${url} in Chromium`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function attach(socket: WebSocket): Promise<Evaluate> {
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  let last = 0;
  const answers = new Map<number, (answer: EvaluateAnswer) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(data);
    answers.get(id)?.(result);
  });
  const call = (method: string, params: object): Promise<EvaluateAnswer> =>
    new Promise((resolve) => {
      answers.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return async (expression) => {
    const { result, exceptionDetails } = await call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result?.value;
  };
}

/** The part of Chromium's answer that is read. */
interface EvaluateAnswer {
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}
