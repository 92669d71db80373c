import assert from "node:assert/strict";
import { test } from "node:test";
import { runTasks } from "../../lib/base/task_group.ts";

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("runTasks() returns what its function returns, after all tasks", async () => {
  const seen: string[] = [];
  const result = await runTasks(undefined, async ({ start }) => {
    start(async () => {
      await Promise.resolve();
      await Promise.resolve();
      seen.push("task");
    });
    await Promise.resolve();
    return 5;
  });
  assert.equal(result, 5);
  assert.deepEqual(seen, ["task"]);
});

test("runTasks() aborts the others when a task fails and reports the first error", async () => {
  let other = "";
  await assert.rejects(
    runTasks(undefined, async ({ signal, start }) => {
      start(() =>
        untilAborted(signal).catch((error) => {
          other = error.message;
          throw new Error("follows from it");
        })
      );
      await start(() => Promise.reject(new Error("first")));
    }),
    /^Error: first$/,
  );
  assert.equal(other, "first");
});

test("runTasks() fails when a task fails that nobody awaits", async () => {
  await assert.rejects(
    runTasks(undefined, async ({ start }) => {
      start(() => Promise.reject(new Error("unseen")));
      await Promise.resolve();
    }),
    /^Error: unseen$/,
  );
});

test("runTasks() ends with the reason of a signal from outside", async () => {
  const controller = new AbortController();
  const running = runTasks(controller.signal, ({ signal }) => {
    queueMicrotask(() => controller.abort(new Error("enough")));
    return untilAborted(signal);
  });
  await assert.rejects(running, /^Error: enough$/);
  await assert.rejects(runTasks(controller.signal, () => Promise.resolve()), /^Error: enough$/);
});
