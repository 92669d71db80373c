/** The program's version; a test holds it against `deno.json`. */

/** The version in `deno.json`. */
export const VERSION = "3.0.0";
