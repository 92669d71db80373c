/** Random changes to what a reader of bytes takes: it must read them or say what is wrong with them, in little time. */

import assert from "node:assert/strict";
import { env } from "node:process";
import { test } from "node:test";
import type { Bytes } from "../lib/base/bytes.ts";
import { createRandom, type Random } from "./random.ts";

/** Mutations of each reader; all of them with APPENDLAYER_LONG=1. */
export const MUTATIONS: number = env["APPENDLAYER_LONG"] === "1" ? 20_000 : 500;

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** Pieces that mean something to one reader or another. */
const PIECES: readonly Bytes[] = [
  ...[
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "-1",
    "1e99",
    "../",
    "/",
    "\0",
    "\n",
    "é",
    "\ud800",
  ],
  ...[
    "[".repeat(2_000),
    '{"a":'.repeat(500),
    "9".repeat(40),
    "x".repeat(5_000),
    "sha256:",
    "0".repeat(64),
  ],
].map(encode).concat(
  Uint8Array.of(0x1f, 0x8b, 8),
  Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
  new Uint8Array(512),
  Uint8Array.of(0xff, 0xff, 0xff, 0xff),
);

/** Changes bytes in some places. */
export function mutateBytes(original: Bytes, random: Random): Bytes {
  let bytes = original.slice();
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(bytes.length + 1);
    const end = Math.min(bytes.length, at + random.integer(random.pick([2, 20, 600])));
    const put = (...middle: readonly Bytes[]): void => {
      bytes = new Uint8Array(
        Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(end)]),
      );
    };
    switch (random.integer(7)) {
      case 0:
        if (random.integer(4) === 0) bytes = bytes.slice(0, at);
        break;
      case 1:
        put();
        break;
      case 2:
        put(bytes.slice(at, end), bytes.slice(at, end));
        break;
      case 3:
        put(random.pick(PIECES));
        break;
      default:
        if (at < bytes.length) {
          bytes[at] = random.flip()
            ? random.integer(256)
            : (bytes[at] ?? 0) ^ 1 << random.integer(8);
        }
    }
  }
  return bytes;
}

/** Milliseconds for one mutation: what takes longer than a busy machine would take for ever. */
const MOST_TIME = 60_000;

/** What is said of bytes that are wrong. */
function isVerdict(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "TarError" || error.message.startsWith("Cannot "));
}

/** Declares a test of one reader. */
export function fuzz(
  name: string,
  samples: () => Promise<readonly Bytes[]> | readonly Bytes[],
  read: (bytes: Bytes) => unknown,
): void {
  test(`${MUTATIONS} mutations do not upset the reader of ${name}`, async () => {
    const random = createRandom();
    const originals = await samples();
    let accepted = 0;
    for (let round = 0; round < MUTATIONS; round++) {
      const bytes = mutateBytes(originals[round % originals.length] as Bytes, random);
      const where = `seed ${random.seed}, round ${round}`;
      const start = performance.now();
      try {
        await read(bytes);
        accepted++;
      } catch (error) {
        if (!isVerdict(error)) {
          throw new Error(`${where}: ${Buffer.from(bytes.subarray(0, 2_000)).toString("latin1")}`, {
            cause: error,
          });
        }
      }
      assert.ok(performance.now() - start < MOST_TIME, `${where} takes long`);
    }
    assert.ok(accepted < MUTATIONS, "none was refused");
  });
}
