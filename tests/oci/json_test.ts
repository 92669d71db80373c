import assert from "node:assert/strict";
import { test } from "node:test";
import { formatJson, jsonText, parseJson, plainJson, showJson } from "../../lib/oci/json.ts";

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
  '{"a":"\\u0000#1-2","\\u0000#1":["\\u0000#1.0",1.0]}',
  '{"a":"\\u0000x","b":"é\u2028😀"}',
];

for (const text of FAITHFUL) {
  test(`formatJson() writes ${text} as parseJson() read it`, () => {
    assert.equal(decode(formatJson(parseJson(encode(text), "it"))), text);
  });
}

test("formatJson() never takes a document's string for a number", () => {
  const { n } = parseJson(encode('{"n":1.0}'), "it");
  assert.equal(decode(formatJson({ n })), '{"n":1.0}');
  for (const string of ["\0#1-2", "\0#1", `${n}`.replace(/[0-9a-f]{32}/, "0".repeat(32))]) {
    const text = JSON.stringify({ [string]: string, list: [string], text: `"${string}"` });
    assert.equal(decode(formatJson(parseJson(encode(text), "it"))), text);
  }
});

test("jsonText() shows numbers as they were written", () => {
  const { n } = parseJson(encode('{"n":1.0}'), "it");
  assert.equal(jsonText(n), "1.0");
  assert.equal(jsonText(undefined), "undefined");
});

test("plainJson() gives back what has no such numbers", () => {
  const value = { a: [1, "1.0"] };
  assert.equal(plainJson(value), value);
});

test("plainJson() gives numbers for what parseJson() keeps as text", () => {
  const read = parseJson(encode('{"a":[1.0,{"b":12345678901234567890}],"c":"1.0"}'), "it");
  assert.deepEqual(plainJson(read), { a: [1, { b: 12345678901234567000 }], c: "1.0" });
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

test("parseJson() refuses more numbers that are no doubles than a document can need, without a copy of each", () => {
  const few = `{"a":[${"1.0,".repeat(999)}1]}`;
  assert.equal(decode(formatJson(parseJson(encode(few), "it"))), few);
  assert.throws(() => parseJson(encode(`{"a":[${"1.0,".repeat(1_001)}1]}`), "config"), {
    message: "Cannot read config: it holds more than 1000 numbers that are no doubles",
  });
});

test("parseJson() refuses what is nested too deep by the document's name, and quotes nothing", () => {
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.throws(() => parseJson(encode(deep), 'manifest "1"'), {
    message: 'Cannot read manifest "1": it is nested more than 256 deep',
  });
  assert.throws(() => parseJson(encode('{"a":the-secret}'), "it"), (error: Error) => {
    assert.equal(error.message, "Cannot read it: it is not JSON");
    assert.equal(error.cause, undefined);
    return true;
  });
});

test("showJson() shows no more of a value than a message can hold", () => {
  assert.equal(showJson({ a: 1 }), '{"a":1}');
  assert.equal(showJson("x".repeat(4_000_000)).length, 101);
});
