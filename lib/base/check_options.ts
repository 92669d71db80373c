/** Refuses options that do not exist: what is misspelt would otherwise do nothing, in silence. */

/**
 * The names of all options of a call. One that is forgotten, or that is none, does not compile.
 * Those that are put together of others are made by a function: a bundle drops a function that it does not call, but keeps a spread.
 */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Checks the names in an object of options, which plain JavaScript does not.
 *
 * @param options What a caller gave; undefined for none.
 * @param names All that there are.
 * @param call How messages name the call: `appendLayer()`.
 * @throws {TypeError} if one is unknown, naming it, or if the options are no object.
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
