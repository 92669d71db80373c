import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOptions, type OptionNames } from "../../lib/base/check_options.ts";

interface Options {
  readonly one?: number | undefined;
  readonly two?: number | undefined;
}

const NAMES: OptionNames<Options> = { one: true, two: true };

test("options that there are pass, and so do none", () => {
  checkOptions({ one: 1 }, NAMES, "verb()");
  checkOptions({}, NAMES, "verb()");
  checkOptions<Options>(undefined, NAMES, "verb()");
  checkOptions({ three: undefined } as Options, NAMES, "verb()");
});

const WRONG: readonly (readonly [options: unknown, message: string])[] = [
  [{ three: 3 }, 'Cannot call verb() with "three": there is no such option, but one, two'],
  [{ toString: 3 }, 'Cannot call verb() with "toString": there is no such option, but one, two'],
  [null, "Cannot call verb(): expected an object of options, got null"],
  [5, "Cannot call verb(): expected an object of options, got number"],
];

for (const [options, message] of WRONG) {
  test(`options are refused: ${message}`, () => {
    assert.throws(() => checkOptions(options as Options, NAMES, "verb()"), {
      name: "TypeError",
      message,
    });
  });
}
