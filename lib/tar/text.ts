/**
 * Text in archives, which usually is UTF-8 but may be any bytes. Bytes that are not UTF-8 become lone surrogates, as in Python's PEP 383,
 * so that names in any encoding are kept.
 */

import type { Bytes } from "../base/bytes.ts";

const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** Bytes from which on `TextDecoder` is faster than appending characters. */
const LONG = 1_024;

/** Code units that are converted at a time. */
const UNITS_AT_ONCE = 4_096;

/** Added to a byte of 0x80 and above, which becomes 0xdc80 to 0xdcff. */
const ESCAPE = 0xdc00;

/** Decodes text; the inverse of {@linkcode encodeText} for all bytes. */
export function decodeText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  // Nearly all names are short ASCII, and a call of the decoder takes up to 4 µs. Eight bytes at a time are twice as fast as one.
  if (end - start >= LONG) return decodeUtf8(bytes.subarray(start, end));
  let text = "";
  let index = start;
  for (; index + 8 <= end; index += 8) {
    const a = bytes[index] as number;
    const b = bytes[index + 1] as number;
    const c = bytes[index + 2] as number;
    const d = bytes[index + 3] as number;
    const e = bytes[index + 4] as number;
    const f = bytes[index + 5] as number;
    const g = bytes[index + 6] as number;
    const h = bytes[index + 7] as number;
    if ((a | b | c | d | e | f | g | h) >= 0x80) return decodeUtf8(bytes.subarray(start, end));
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  if (index + 4 <= end) {
    const a = bytes[index] as number;
    const b = bytes[index + 1] as number;
    const c = bytes[index + 2] as number;
    const d = bytes[index + 3] as number;
    if ((a | b | c | d) >= 0x80) return decodeUtf8(bytes.subarray(start, end));
    text += String.fromCharCode(a, b, c, d);
    index += 4;
  }
  for (; index < end; index++) {
    const byte = bytes[index] as number;
    if (byte >= 0x80) return decodeUtf8(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

/**
 * Decodes valid characters, and escapes all other bytes. Without the decoder, which throws at each invalid byte: that takes seconds for a
 * megabyte of them.
 */
function decodeEscaped(bytes: Uint8Array): string {
  let text = "";
  const units: number[] = [];
  for (let index = 0; index < bytes.length;) {
    const length = characterLength(bytes, index);
    if (length === 0) units.push(ESCAPE + (bytes[index] as number));
    else pushCharacter(units, bytes.subarray(index, index + length));
    index += Math.max(1, length);
    if (units.length >= UNITS_AT_ONCE) text += String.fromCharCode(...units.splice(0));
  }
  return text + String.fromCharCode(...units);
}

/** Bytes of the character that begins at an index; 0 if it is not valid (The Unicode Standard, table 3-7). */
function characterLength(bytes: Uint8Array, index: number): 0 | 1 | 2 | 3 | 4 {
  const first = bytes[index] ?? 0;
  const second = bytes[index + 1] ?? 0;
  const third = bytes[index + 2] ?? 0;
  const isNext = (byte: number): boolean => byte >= 0x80 && byte < 0xc0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !isNext(second)) return 0;
  if (first < 0xe0) return 2;
  // Refuses overlong forms, surrogates, and code points above U+10FFFF.
  if (first === 0xe0 && second < 0xa0 || first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90 || first === 0xf4 && second > 0x8f) return 0;
  if (!isNext(third)) return 0;
  if (first < 0xf0) return 3;
  return isNext(bytes[index + 3] ?? 0) ? 4 : 0;
}

function pushCharacter(units: number[], [first = 0, ...others]: Uint8Array): void {
  // The bits of the first byte after its prefix.
  const start = others.length === 0 ? first : first & (0x3f >> others.length);
  const code = others.reduce((sum, byte) => sum << 6 | byte & 0x3f, start);
  if (code < 0x10000) units.push(code);
  else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

/** Encodes text as UTF-8, and escaped bytes as themselves. */
export function encodeText(text: string): Bytes {
  if (!/\p{Cs}/u.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    // Of a surrogate pair this is the first half, which is never an escaped byte.
    const code = character.charCodeAt(0);
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}
