import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJson, parseJson } from "../../lib/oci/json.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Compact texts that must come out as they went in. */
const FAITHFUL = [
  '{"b":1,"a":2,"c":{"z":null,"y":[true,false,"x"]}}',
  '{"a":9007199254740993,"b":-9007199254740993}',
  '{"a":[1.0,1e3,-0,0.10,12345678901234567890.5]}',
  '{"a":1,"b":-5,"c":0,"d":0.5,"e":1e+21}',
  '{"a":"9007199254740993","b":"x: 1.0, \\"1.0\\" \\\\","1.0":1.0}',
  '{"__proto__":{"a":1}}',
  '{"a":"\\u0000x","b":"é\u2028😀"}',
];

for (const text of FAITHFUL) {
  test(`formatJson() writes ${text} as parseJson() read it`, () => {
    assert.equal(decode(formatJson(parseJson(encode(text), "it"))), text);
  });
}

test("formatJson() writes valid JSON even for strings that look like its own marks", () => {
  const text = '{"\\u0000#1":"\\u0000#1","a":"\\"\\u0000#1\\""}';
  const read = parseJson(encode(text), "it");
  assert.equal(decode(formatJson(read)), '{"\\u0000#1":1,"a":"\\"\\u0000#1\\""}');
});

test("parseJson() takes strings of any length", () => {
  const text = `{"a":"${"\\n".repeat(5_000_000)}\\\\","b":1.0}`;
  assert.equal(decode(formatJson(parseJson(encode(text), "it"))), text);
});

test("parseJson() leaves ordinary numbers numbers", () => {
  assert.deepEqual(parseJson(encode('{"a":[1,-2,0.5,9007199254740991]}'), "it"), {
    a: [1, -2, 0.5, 9007199254740991],
  });
});

test("parseJson() rejects what is not a JSON object in UTF-8", () => {
  const texts = [
    "",
    "[]",
    "null",
    "1",
    '"a"',
    "{",
    '{"a":01}',
    '{"a":1.}',
    '{"a":-}',
    '{"a":1}}',
    "{1.0:1}",
  ];
  for (const text of texts) {
    assert.throws(
      () => parseJson(encode(text), "the thing"),
      /^SyntaxError: Cannot read the thing: /,
    );
  }
  assert.throws(() => parseJson(Uint8Array.of(0x7b, 0xff, 0x7d), "it"), SyntaxError);
});
