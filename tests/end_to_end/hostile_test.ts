import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { ATTACKS } from "../../scripts/hostile/attacks.ts";
import { formatOutcome, play } from "../../scripts/hostile/main.ts";
import { DENO } from "./appendlayer.ts";

test("twelve attacks of a hostile registry cost little memory and time, and end with a message", {
  skip: process.platform !== "linux" && "memory is read from /proc",
}, async () => {
  const [program = "", ...args] = DENO.command;
  const outcomes = await play({
    command: [program, ...args],
    attacks: ATTACKS.filter(({ isBrief }) => isBrief),
    verbs: ["copy"],
    timeout: 5,
  });
  assert.ok(outcomes.length >= 12, `${outcomes.length} attacks`);
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
  assert.deepEqual(flawed.map(formatOutcome), []);
});
