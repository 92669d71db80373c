import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBoundedJson } from "../../lib/base/bounded_json.ts";

for (const text of ['{"a":[1,"x\\"[[",{"b":null}]}', "[]", '"["', "1.5"]) {
  test(`parseBoundedJson() reads ${text} as JSON.parse() does`, () =>
    assert.deepEqual(parseBoundedJson(text), JSON.parse(text)));
}

test("parseBoundedJson() refuses 100,000 levels, of whatever kind", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const text = open.repeat(100_000) + "1" + close.repeat(100_000);
    assert.throws(() => parseBoundedJson(text), {
      name: "SyntaxError",
      message: "it is nested more than 256 deep",
    });
  }
  assert.doesNotThrow(() => parseBoundedJson("[".repeat(256) + "]".repeat(256)));
});

test("parseBoundedJson() counts before it builds", () => {
  const text = `[${"{},".repeat(999)}{}]`;
  assert.doesNotThrow(() => parseBoundedJson(text, { mostValues: 2_001 }));
  assert.throws(() => parseBoundedJson(text, { mostValues: 2_000 }), {
    message: "it holds more than 2000 values",
  });
});

test("parseBoundedJson() quotes nothing of the text", () => {
  for (const text of ["the-secret", '{"token":"the-secret"', '["the-secret"x]']) {
    assert.throws(() => parseBoundedJson(text), (error: Error) => {
      assert.equal(error.message, "it is not JSON");
      assert.equal(error.cause, undefined);
      return true;
    });
  }
});
