/** Checks the encodings of answers: none is requested, and none is decoded. */

/** A header of every request, so that no compressed answer, which may be huge when decompressed, is ever read. */
export const IDENTITY: Readonly<Record<string, string>> = { "Accept-Encoding": "identity" };

/** Encodings with which some servers label blobs that are stored compressed, such as Pulp behind httpd. The bytes match the digest as they are. */
const LABELS: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);

/** Thrown for an answer in an encoding that was not requested. */
export class EncodingError extends Error {
  override readonly name: string = "EncodingError";
}

/** The encoding of an answer; undefined if it has none, or `identity`. */
export function encodingOf({ headers }: Response): string | undefined {
  const encoding = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  return encoding === "" || encoding === "identity" ? undefined : encoding;
}

/**
 * Checks the encoding of an answer.
 *
 * @param isBlob Whether the labels of stored blobs are accepted, since the digest is verified.
 * @throws {EncodingError} if it has another one.
 */
export function checkEncoding(response: Response, isBlob: boolean): void {
  const encoding = encodingOf(response);
  if (encoding === undefined || isBlob && LABELS.has(encoding)) return;
  throw new EncodingError(
    `its Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`,
  );
}
