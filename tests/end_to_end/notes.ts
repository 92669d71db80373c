/** What a test has to say where it passes, too: figures and versions, which the script of the tests prints at the end. */

import { appendFileSync } from "node:fs";
import process from "node:process";

/** Notes a line, where anybody has asked for notes. */
export function note(line: string): void {
  const path = process.env["APPENDLAYER_NOTES"];
  if (path !== undefined && path !== "") appendFileSync(path, `${line}\n`);
}

/** Notes what an engine made of an input: a cell of a table, of which the script of the tests makes lines. */
export function noteOutcome(
  outcome: {
    readonly table: string;
    readonly row: string;
    readonly column: string;
    readonly cell: string;
  },
): void {
  note(`cell ${JSON.stringify(outcome)}`);
}
