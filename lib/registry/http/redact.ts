/** URLs as messages may show them. */

/** Parameters that hold nothing secret; all others may: presigned signatures, upload states, tokens. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set(["digest", "mount", "from", "n", "last"]);

/** A URL without user information, and with an ellipsis in place of every query parameter that is not known to be harmless. */
export function redactUrl(url: URL | string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return "(not a URL)";
  }
  const shown = [...parsed.searchParams]
    .map(([name, value]) => SHOWN_PARAMETERS.has(name) ? `${name}=${value}` : "…");
  const query = [...new Set(shown)].join("&");
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${query === "" ? "" : `?${query}`}`;
}
