/** Checks values of programs without types, which could make an image that no engine reads. */

/**
 * Checks a list of texts; null and undefined stand for none.
 *
 * @param name What messages call it.
 * @throws {TypeError} if it is anything else.
 */
export function requireTexts(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return;
  throw new TypeError(`Cannot set ${name}: expected a list of texts`);
}

/**
 * Checks a map of texts to set, in which null removes a name.
 *
 * @param name What messages call it.
 * @throws {TypeError} if it is anything else.
 */
export function requireTextMap(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`Cannot set ${name}: expected an object`);
  }
  for (const [key, item] of Object.entries(value)) {
    if (typeof item === "string" || item === null) continue;
    throw new TypeError(
      `Cannot set ${
        JSON.stringify(key)
      } of ${name}: expected a text, or null to take it out, got ${typeof item}`,
    );
  }
}

/** Whether a time can be written in an image: RFC 3339 §5.6 has years of four digits. */
export function isImageTime(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999;
}

/**
 * Checks a time.
 *
 * @param name What messages call it.
 * @throws {RangeError} if it is invalid.
 */
export function requireDate(name: string, value: Date | undefined): void {
  if (value === undefined || isImageTime(value)) return;
  throw new RangeError(`Cannot set ${name}: expected a time in the years 0 to 9999`);
}
