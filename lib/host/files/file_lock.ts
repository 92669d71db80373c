/** A lock between processes: a file that only one of them can create. */

import { delay } from "../../base/delay.ts";
import { hashText } from "../native_hasher.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Milliseconds between two checks of a lock that another process holds. */
const POLL = 20;
/** Milliseconds after which the lock of an unknown owner counts as left behind; locks are held for a few milliseconds. */
const STALE = 10_000;
/** Milliseconds between two updates of the lock's time by its owner. */
const HEARTBEAT = 2_000;
/** Milliseconds after which waiting is given up. */
const MAX_WAIT = 60_000;

/**
 * Runs an action while holding a lock. The lock of a killed process is taken over.
 *
 * @param path Path of the lock's file, whose directory must exist.
 */
export async function withLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const owner = `${machineName()} ${hostProcess?.pid} ${crypto.randomUUID()}`;
  await acquire(path, owner);
  // For processes that cannot see this one, and go by the file's age.
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
  // Another process may have taken the lock over if this one was stopped for long.
  if (await readFile(path, "utf8").catch(() => undefined) === owner) {
    await rm(path, { force: true });
  }
}

/**
 * Removes a lock that was left behind. Only the holder of the guard removes locks, and an existing lock cannot be replaced: so the removed
 * lock is the one that was read.
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

/** The content of a lock's file, if the process that made it is gone. */
async function staleOwner(path: string): Promise<string | undefined> {
  const { readFile, stat } = builtin("node:fs").promises;
  try {
    const owner = await readFile(path, "utf8");
    const [name, processId] = owner.split(" ");
    const isLeftBehind = name === machineName()
      ? !isRunning(Number(processId))
      // A lock of another machine, over a network file system, or one that is still being written.
      : Date.now() - (await stat(path)).mtimeMs > STALE;
    return isLeftBehind ? owner : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * An identifier of this machine or container, 16 hexadecimal digits. Containers may share a hostname but number their processes
 * independently, so that a process in another container would look gone.
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
