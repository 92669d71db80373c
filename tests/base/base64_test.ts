import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64, encodeBase64, encodeBase64Url } from "../../lib/base/base64.ts";

/** RFC 4648 §10. */
const VECTORS = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foobar", "Zm9vYmFy"],
] as const;

test("encodeBase64() and decodeBase64() agree with the vectors of RFC 4648", () => {
  for (const [text, encoded] of VECTORS) {
    assert.equal(encodeBase64(text), encoded);
    assert.equal(new TextDecoder().decode(decodeBase64(encoded)), text);
  }
});

test("encodeBase64() takes the UTF-8 bytes of a text", () => {
  assert.equal(encodeBase64("pässwörd:€"), "cMOkc3N3w7ZyZDrigqw=");
});

test("encodeBase64() takes more bytes than a function takes arguments", () => {
  const bytes = Uint8Array.from({ length: 300_001 }, (_, index) => index * 7);
  assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
});

test("encodeBase64Url() needs no escaping in a URL", () => {
  assert.equal(encodeBase64Url(new Uint8Array([251, 255, 190, 1])), "-_--AQ");
});

test("decodeBase64() takes white space and missing padding", () => {
  assert.deepEqual(decodeBase64(" Zm9v\nYg "), new TextEncoder().encode("foob"));
});

test("decodeBase64() rejects other text without repeating it", () => {
  for (const text of ["secret!", "Zm9vY", "Zg==" + "="]) {
    assert.throws(() => decodeBase64(text), (error: Error) => {
      assert.ok(error instanceof SyntaxError);
      assert.ok(error.cause !== undefined);
      assert.ok(!error.message.includes(text));
      return true;
    });
  }
});
