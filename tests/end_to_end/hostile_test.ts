import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { ARCHIVES } from "../../scripts/hostile/archives.ts";
import { ATTACKS } from "../../scripts/hostile/attacks.ts";
import { formatOutcome, play } from "../../scripts/hostile/main.ts";
import { SOCKETS } from "../../scripts/hostile/sockets.ts";
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

test("hostile archives are refused, and nothing is written outside", {
  skip: process.platform !== "linux" && "memory is read from /proc",
}, async () => {
  const outcomes = await play({
    command: DENO.command as [string, ...string[]],
    attacks: ARCHIVES.filter(({ isBrief }) => isBrief),
    verbs: ["copy"],
  });
  assert.ok(outcomes.length >= 9, `${outcomes.length} attacks`);
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
  assert.deepEqual(flawed.map(formatOutcome), []);
});

test("a hostile socket costs little memory and time, and ends with a message", {
  skip: process.platform !== "linux" && "memory is read from /proc",
}, async () => {
  const outcomes = await play({
    command: DENO.command as [string, ...string[]],
    attacks: SOCKETS.filter(({ isBrief }) => isBrief),
    verbs: ["read"],
    timeout: 1,
  });
  assert.ok(outcomes.length >= 9, `${outcomes.length} attacks`);
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
  assert.deepEqual(flawed.map(formatOutcome), []);
});
