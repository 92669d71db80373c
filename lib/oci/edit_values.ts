/** Checks of values that programs without types may give: what is written as it came would make an image that no engine reads. */

/**
 * Checks a list of texts; null and undefined stand for none.
 *
 * @param name How messages call it.
 * @throws {TypeError} if it is anything else.
 */
export function requireTexts(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return;
  throw new TypeError(`Cannot set ${name}: expected a list of texts`);
}

/**
 * Checks what is to be set by name: texts, and null where a name is taken out.
 *
 * @param name How messages call it.
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

/** Whether images can say a time: RFC 3339 §5.6 has years of four digits. */
export function isImageTime(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999;
}

/**
 * Checks a time.
 *
 * @param name How messages call it.
 * @throws {RangeError} if it is none.
 */
export function requireDate(name: string, value: Date | undefined): void {
  if (value === undefined || isImageTime(value)) return;
  throw new RangeError(`Cannot set ${name}: expected a time in the years 0 to 9999`);
}
