import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { ARCHIVES } from "../../scripts/hostile/archives.ts";
import { ATTACKS } from "../../scripts/hostile/attacks.ts";
import { formatOutcome, play } from "../../scripts/hostile/main.ts";
import { SOCKETS } from "../../scripts/hostile/sockets.ts";
import { DENO } from "./appendlayer.ts";

/** Those that take a second or two. */
const TABLES = [
  "a table of 140 MiB of zeros in zstd:chunked",
  "a table of 500 entries with 20,000 attributes",
  "a table of 5,000 levels",
  "a table with one entry of 140 MB",
];

const skip = process.platform !== "linux" && "memory is read from /proc";

test("a base with a hostile table of contents costs little memory and time", { skip }, async () => {
  const attacks = ATTACKS.filter(({ name }) => TABLES.includes(name));
  assert.equal(attacks.length, TABLES.length);
  const outcomes = await play({
    command: DENO.command as [string, ...string[]],
    attacks,
    verbs: ["sync"],
  });
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
  assert.deepEqual(flawed.map(formatOutcome), []);
});

test("twelve attacks of a hostile registry cost little memory and time, and end with a message", {
  skip,
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

test("hostile archives are refused, and nothing is written outside", { skip }, async () => {
  const outcomes = await play({
    command: DENO.command as [string, ...string[]],
    attacks: ARCHIVES.filter(({ isBrief }) => isBrief),
    verbs: ["copy"],
  });
  assert.ok(outcomes.length >= 9, `${outcomes.length} attacks`);
  const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
  assert.deepEqual(flawed.map(formatOutcome), []);
});

test(
  "a hostile socket costs little memory and time, and ends with a message",
  { skip },
  async () => {
    const outcomes = await play({
      command: DENO.command as [string, ...string[]],
      attacks: SOCKETS.filter(({ isBrief }) => isBrief),
      verbs: ["read"],
      timeout: 1,
    });
    assert.ok(outcomes.length >= 9, `${outcomes.length} attacks`);
    const flawed = outcomes.filter(({ flaw }) => flaw !== undefined);
    assert.deepEqual(flawed.map(formatOutcome), []);
  },
);
