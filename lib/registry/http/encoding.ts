/** Encodings of answers: none is asked for, and none is undone. */

/** The header that every request carries: what a few kilobytes would unpack to is never read. */
export const IDENTITY: Readonly<Record<string, string>> = { "Accept-Encoding": "identity" };

/** Labels of blobs that lie in their storage as the label says: Pulp's behind httpd. Their bytes are those of the digest as they come. */
const LABELS: ReadonlySet<string> = new Set(["gzip", "x-gzip"]);

/** Thrown for an answer in an encoding that was not asked for. */
export class EncodingError extends Error {
  override readonly name: string = "EncodingError";
}

/** What the header `Content-Encoding` says; undefined where it says nothing, or `identity`. */
export function encodingOf({ headers }: Response): string | undefined {
  const encoding = (headers.get("content-encoding") ?? "").trim().toLowerCase();
  return encoding === "" || encoding === "identity" ? undefined : encoding;
}

/**
 * Checks the encoding of an answer.
 *
 * @param isBlob Whether a label is let pass, since the digest decides.
 * @throws {EncodingError} if it is not the one that was asked for.
 */
export function checkEncoding(response: Response, isBlob: boolean): void {
  const encoding = encodingOf(response);
  if (encoding === undefined || isBlob && LABELS.has(encoding)) return;
  throw new EncodingError(
    `its Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`,
  );
}
