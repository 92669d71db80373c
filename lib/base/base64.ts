/** Base64 (RFC 4648), over the `btoa` and `atob` that every runtime has. */

import type { Bytes } from "./bytes.ts";

/** Arguments of one call of `String.fromCharCode`, which the stack limits. */
const SLICE = 8_192;

/** Writes bytes, or the UTF-8 bytes of a text, as base64 with padding (RFC 4648 §4). */
export function encodeBase64(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  let binary = "";
  for (let offset = 0; offset < bytes.length; offset += SLICE) {
    const slice = bytes.subarray(offset, offset + SLICE);
    // Not by a spread, which takes five times as long for a hash.
    binary += String.fromCharCode.apply(null, slice as unknown as number[]);
  }
  return btoa(binary);
}

/** Writes bytes, or the UTF-8 bytes of a text, in the alphabet for URLs, without padding (RFC 4648 §5; RFC 7515 §2). */
export function encodeBase64Url(data: Uint8Array | string): string {
  return encodeBase64(data).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * Reads base64. White space is skipped and padding may be missing, as in the Docker configurations that people write.
 *
 * @throws {SyntaxError} if the text is not base64; the message leaves it out, since it is usually a secret.
 */
export function decodeBase64(text: string): Bytes {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new SyntaxError("Cannot decode base64: the text holds other characters or is cut short", {
      cause,
    });
  }
  const bytes = new Uint8Array(binary.length);
  // Not by `Uint8Array.from`, which takes a millisecond for the eight kilobytes of a kernel.
  for (let index = 0; index < bytes.length; index++) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
