/** Digests of documents, which are small enough for Web Crypto. */

import type { Bytes } from "../base/bytes.ts";
import { encodeHex } from "../base/hex.ts";
import type { Digest } from "../oci/digest.ts";

/**
 * The digest of a document.
 *
 * @param like A digest whose algorithm is taken.
 * @default sha256
 */
export async function digestDocument(bytes: Bytes, like?: string): Promise<Digest> {
  const isLong = like?.startsWith("sha512:") === true;
  const hash = await crypto.subtle.digest(isLong ? "SHA-512" : "SHA-256", bytes);
  return `${isLong ? "sha512" : "sha256"}:${encodeHex(new Uint8Array(hash))}`;
}
