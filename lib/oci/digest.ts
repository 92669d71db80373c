/** Content digests (OCI image spec 1.1, descriptor.md, Digests). */

import type { Bytes } from "../base/bytes.ts";
import { encodeHex } from "../base/hex.ts";

/** A validated digest: `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Whether a value is a well-formed digest. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && DIGEST.test(value);
}

/**
 * Validates a digest before it becomes part of a URL or a path (CVE-2024-3727).
 *
 * @throws {SyntaxError} if it is anything but a lower-case sha256 or sha512 digest.
 */
export function parseDigest(value: unknown): Digest {
  if (isDigest(value)) return value;
  throw new SyntaxError(
    `Cannot use ${
      JSON.stringify(value)
    } as a digest: expected "sha256:" and 64 lower-case hexadecimal digits`,
  );
}

/**
 * Computes the digest of bytes.
 *
 * @param algorithm The digest's algorithm.
 */
export async function digestOf(
  bytes: Bytes,
  algorithm: "sha256" | "sha512" = "sha256",
): Promise<Digest> {
  const name = algorithm === "sha256" ? "SHA-256" : "SHA-512";
  return `${algorithm}:${encodeHex(new Uint8Array(await crypto.subtle.digest(name, bytes)))}`;
}

/** The algorithm of a digest. */
export function digestAlgorithm(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha256:") ? "sha256" : "sha512";
}
