/** The program's version. A test compares it with `deno.json`. */

/** The version in `deno.json`. */
export const VERSION = "3.0.0";
