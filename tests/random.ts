/** Random cases that can be had again: tests tell the seed when they fail, and `APPENDLAYER_SEED=…` repeats them. */

import { env } from "node:process";

/** A source of random values. */
export interface Random {
  readonly seed: number;
  /** From 0 to below 1. */
  next(): number;
  /** From 0 to below the bound. */
  integer(bound: number): number;
  flip(): boolean;
  pick<T>(choices: readonly T[]): T;
  /** Characters of an alphabet, of a length between two bounds, both included. */
  text(alphabet: string, min: number, max: number): string;
}

/** The seed that `APPENDLAYER_SEED` names, or another one each time. */
export function chooseSeed(): number {
  const given = env["APPENDLAYER_SEED"];
  return given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
}

/** Makes a source of random values (mulberry32, by Tommy Ettinger). Its functions need no `this`. */
export function createRandom(seed: number = chooseSeed()): Random {
  let state = seed;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const random: Random = {
    seed,
    next,
    integer: (bound) => Math.floor(next() * bound),
    flip: () => next() < 0.5,
    pick: (choices) => choices[random.integer(choices.length)] as typeof choices[number],
    text(alphabet, min, max): string {
      const length = min + random.integer(max - min + 1);
      return Array.from({ length }, () => random.pick([...alphabet])).join("");
    },
  };
  return random;
}
