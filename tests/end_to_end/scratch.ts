/** Places of a test's own: a directory that goes away, a port that is free. */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Lends an empty directory to an action and removes it. */
export async function withDirectory<T>(action: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), "appendlayer-"));
  try {
    return await action(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * A loopback port that was free a moment ago, below those that the system gives to connections: it would give one of those to somebody
 * before the server that it is for has started. They begin above 10080, the last one that `fetch` refuses.
 */
export async function freePort(): Promise<number> {
  while (true) {
    const port = 11_000 + Math.floor(Math.random() * 21_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
