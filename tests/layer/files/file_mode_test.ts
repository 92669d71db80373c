import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFileMode } from "../../../lib/layer/files/file_mode.ts";

/** Text, mode before, and the mode of a file and of a directory after. */
const CASES = [
  ["644", 0o777, 0o644, 0o755],
  ["0755", 0o600, 0o755, 0o755],
  ["4750", 0, 0o4750, 0o4750],
  ["0", 0o777, 0, 0],
  ["u=rwX,go=rX", 0o600, 0o644, 0o755],
  ["u=rwX,go=rX", 0o710, 0o755, 0o755],
  ["a+x", 0o644, 0o755, 0o755],
  ["+x", 0o600, 0o711, 0o711],
  ["go-rwx", 0o777, 0o700, 0o700],
  ["a=", 0o7777, 0o1000, 0o1000],
  ["u+s,g+s,+t", 0o755, 0o7755, 0o7755],
  ["ug-s", 0o6755, 0o755, 0o755],
  ["o+s", 0o755, 0o755, 0o755],
  ["u=rw", 0o4755, 0o655, 0o655],
  ["g=r,o=", 0o777, 0o740, 0o740],
] as const;

test("parseFileMode() changes permissions as chmod does", () => {
  for (const [text, before, file, directory] of CASES) {
    const mode = parseFileMode(text);
    assert.equal(mode(before, false), file, text);
    assert.equal(mode(before, true), directory, text);
  }
});

test("parseFileMode() rejects all else", () => {
  for (const text of ["", "8", "rwx", "00644", "u+q", "u", "u=rw,", "x=r", "u+x g+x"]) {
    assert.throws(() => parseFileMode(text), {
      name: "SyntaxError",
      message: `expected a mode, as in "644" or "u=rwX,go=rX", got ${JSON.stringify(text)}`,
    });
  }
});
