/** The next page of a list: the header `Link` (RFC 8288). */

/** The target of `rel="next"`, as it is written, or undefined if there is no further page. */
export function parseNextLink(header: string | null): string | undefined {
  for (const [, target, parameters] of (header ?? "").matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"\s*next\s*"|next\b)/i.test(parameters ?? "")) return target;
  }
  return undefined;
}
