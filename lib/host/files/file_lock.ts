/** A lock between processes: a file that only one of them can create. */

import { delay } from "../../base/delay.ts";
import { hashText } from "../native_hasher.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Milliseconds between two looks at a lock that another process holds. */
const POLL = 20;
/** Milliseconds after which a lock of an unknown owner counts as left behind; what it guards takes a few milliseconds. */
const STALE = 10_000;
/** Milliseconds between two signs of life of the owner. */
const HEARTBEAT = 2_000;
/** Milliseconds after which waiting is given up. */
const MAX_WAIT = 60_000;

/**
 * Runs an action while holding a lock. A lock whose process is gone, killed for instance, is taken over.
 *
 * @param path The lock's file; its directory must exist.
 */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const owner = `${machineName()} ${hostProcess?.pid} ${crypto.randomUUID()}`;
  await acquire(path, owner);
  // Whoever cannot see this process goes by the file's age.
  const { utimes } = builtin("node:fs").promises;
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, HEARTBEAT);
  try {
    return await action();
  } finally {
    clearInterval(beat);
    await release(path, owner);
  }
}

async function acquire(path: string, owner: string): Promise<void> {
  const { writeFile } = builtin("node:fs").promises;
  const start = performance.now();
  while (true) {
    try {
      await writeFile(path, owner, { flag: "wx" });
      return;
    } catch (error) {
      if (errorCode(error) !== "EEXIST") {
        throw new Error(`Cannot lock "${path}": ${errorReason(error)}`, { cause: error });
      }
    }
    const leftBehind = await staleOwner(path);
    if (leftBehind !== undefined) {
      await takeAway(path, leftBehind);
    } else if (performance.now() - start > MAX_WAIT) {
      throw new Error(
        `Cannot lock "${path}": another process has held it for ${MAX_WAIT / 1000} seconds`,
      );
    } else {
      await delay(POLL);
    }
  }
}

async function release(path: string, owner: string): Promise<void> {
  const { readFile, rm } = builtin("node:fs").promises;
  // Another process may have taken it over, had this one been stopped for long.
  if (await readFile(path, "utf8").catch(() => undefined) === owner) {
    await rm(path, { force: true });
  }
}

/**
 * Removes a lock that was left behind. Only who holds the guard may remove one, and nobody can replace a lock that is there: so what was
 * read is what is removed.
 */
async function takeAway(path: string, owner: string): Promise<void> {
  const { readFile, rm, stat, writeFile } = builtin("node:fs").promises;
  const guard = `${path}.takeover`;
  try {
    await writeFile(guard, "", { flag: "wx" });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    const made = await stat(guard).then(({ mtimeMs }) => mtimeMs, () => Date.now());
    if (Date.now() - made > STALE) await rm(guard, { force: true });
    else await delay(POLL);
    return;
  }
  try {
    const found = await readFile(path, "utf8").catch(() => undefined);
    if (found === owner) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

/** What a lock's file says, if the process that made it is gone. */
async function staleOwner(path: string): Promise<string | undefined> {
  const { readFile, stat } = builtin("node:fs").promises;
  try {
    const owner = await readFile(path, "utf8");
    const [name, processId] = owner.split(" ");
    const isLeftBehind = name === machineName()
      ? !isRunning(Number(processId))
      // Another machine's, over a network file system, or still being written.
      : Date.now() - (await stat(path)).mtimeMs > STALE;
    return isLeftBehind ? owner : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * What tells machines apart, and containers of one machine: they may have one hostname, and number their processes anew each, so that a
 * process that runs in another one looks gone. 16 hexadecimal digits.
 */
export function machineName(): string {
  return machine ??= describeMachine();
}

let machine: string | undefined;

function describeMachine(): string {
  const { readFileSync, readlinkSync } = builtin("node:fs");
  const attempt = (read: () => string): string => {
    try {
      return read();
    } catch {
      return "";
    }
  };
  const parts = [
    builtin("node:os").hostname(),
    attempt(() => readlinkSync("/proc/self/ns/pid")),
    attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
  ];
  return hashText(parts.join("\n")).slice(0, 16);
}

/** Whether a process of this machine runs. */
export function isRunning(processId: number): boolean {
  try {
    return hostProcess?.kill(processId, 0) ?? true;
  } catch (error) {
    // EPERM: it runs, as another user.
    return errorCode(error) !== "ESRCH";
  }
}
