/** Hexadecimal text, as digests are written. */

const DIGITS = "0123456789abcdef";

/** Writes bytes as lower-case hexadecimal digits. */
export function encodeHex(bytes: Uint8Array): string {
  let text = "";
  // `toString` and `padStart` take three times as long.
  for (const byte of bytes) text += DIGITS.charAt(byte >> 4) + DIGITS.charAt(byte & 15);
  return text;
}
