/** Additions to an image: a local file or directory, and its destination. */

/** A source on disk and its place in the image. */
export interface Addition {
  /** Local path. */
  readonly source: string;
  /** In the image. A directory's contents go under it; a file goes to it, or into it if it ends with a slash, or is ".". */
  readonly destination: string;
}

/** Options of {@linkcode parseAddition}. */
export interface ParseAdditionOptions {
  /**
   * Whether `C:/` is a drive too, as on Windows; `C:\` always is.
   *
   * @default {false}
   */
  readonly windows?: boolean;
}

/**
 * Reads `SRC[:DEST]`. The colon is the first one with a slash behind it, or else the last one, so that both sides may hold others.
 * Without DEST it is the root of the image.
 *
 * @throws {SyntaxError} if there is no SRC.
 */
export function parseAddition(
  text: string,
  { windows = false }: ParseAdditionOptions = {},
): Addition {
  const drive = (windows ? /^[A-Za-z]:[\\/]/ : /^[A-Za-z]:\\/).test(text) ? 2 : 0;
  const beforeSlash = text.indexOf(":/", drive);
  const colon = beforeSlash >= 0 ? beforeSlash : text.lastIndexOf(":");
  const source = colon < drive ? text : text.slice(0, colon);
  if (source === "") {
    throw new SyntaxError(`expected "SRC" or "SRC:DEST", got ${JSON.stringify(text)}`);
  }
  return { source, destination: colon < drive ? "/" : text.slice(colon + 1) || "/" };
}
