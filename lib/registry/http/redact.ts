/** Removes secrets from URLs. */

/** Parameters without secrets. All others may have some: presigned signatures, upload states, tokens. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set(["digest", "mount", "from", "n", "last"]);

/** A URL without user information, and with "…" in place of query parameters that may be secret. */
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
