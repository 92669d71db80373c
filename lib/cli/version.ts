/** The program's version; a test holds it against `deno.json`. */

/** As in `deno.json`. */
export const VERSION = "3.0.0";
