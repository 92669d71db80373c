/** Refuses unknown options, which would otherwise be ignored silently. */

/**
 * The names of all options of a call. A missing or a wrong one does not compile. Names that include those of others are made by a function,
 * which bundlers drop if it is not called; a spread they would keep.
 */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Checks the names in an object of options, which JavaScript does not.
 *
 * @param options The given options; undefined for none.
 * @param names All valid names.
 * @param call What messages call the function: `appendLayer()`.
 * @throws {TypeError} if a name is unknown, or the options are no object.
 */
export function checkOptions<Options extends object>(
  options: Options | undefined,
  names: OptionNames<Options>,
  call: string,
): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot call ${call}: expected an object of options, got ${
        options === null ? "null" : typeof options
      }`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(names, name)) continue;
    throw new TypeError(
      `Cannot call ${call} with ${JSON.stringify(name)}: there is no such option, but ${
        Object.keys(names).join(", ")
      }`,
    );
  }
}
