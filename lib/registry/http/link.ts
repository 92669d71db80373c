/** Parses the header `Link` (RFC 8288), which names the next page of a list, also in the malformed ways of some registries. */

/** The most characters of a header. */
const LONGEST_HEADER = 4_096;

/**
 * The target of `rel="next"`, as it is written; a single link without a relation counts too. Undefined if there is no next page.
 *
 * @throws {SyntaxError} if the header cannot be read, since a part of the list must not be taken for the whole.
 */
export function parseNextLink(header: string | null): string | undefined {
  if (header === null || header.trim() === "") return undefined;
  if (header.length > LONGEST_HEADER) {
    throw new SyntaxError(`its Link is longer than ${LONGEST_HEADER} characters`);
  }
  const links = splitLinks(header).filter((link) => /[/?]/.test(link)).map(parseLink);
  const next = links.find(({ relations }) => relations?.includes("next"));
  if (next !== undefined) return next.target;
  const [only, ...others] = links;
  return only?.relations === undefined && others.length === 0 ? only?.target : undefined;
}

/** Splits at commas outside of angle brackets and quotes. */
function splitLinks(header: string): string[] {
  const links: string[] = [];
  let start = 0;
  let closing = "";
  for (let place = 0; place < header.length; place++) {
    const character = header.charAt(place);
    if (closing !== "") {
      if (character === closing) closing = "";
    } else if (character === "<") closing = ">";
    else if (character === '"') closing = '"';
    else if (character === ",") {
      links.push(header.slice(start, place));
      start = place + 1;
    }
  }
  links.push(header.slice(start));
  return links.filter((link) => link.trim() !== "");
}

interface Link {
  readonly target: string;
  /** In lower case; undefined if there is none. */
  readonly relations: readonly string[] | undefined;
}

/** Parses one link. Cloudflare's serverless-registry leaves the angle brackets out. */
function parseLink(text: string): Link {
  const link = text.trim();
  const end = link.startsWith("<") ? link.indexOf(">") : endOf(link);
  const target = link.slice(link.startsWith("<") ? 1 : 0, end).trim();
  if (end < 0 || !/^[^\s<>"]+$/.test(target)) throw new SyntaxError("its Link cannot be read");
  const parameters = link.slice(end).split(";").map((parameter) => parameter.trim());
  const [, relations] = parameters.map((parameter) => /^rel *= *"?([^"]*)"?$/i.exec(parameter))
    .find((match) => match !== null) ?? [];
  return { target, relations: relations?.toLowerCase().split(/ +/).filter(Boolean) };
}

function endOf(link: string): number {
  const semicolon = link.indexOf(";");
  return semicolon < 0 ? link.length : semicolon;
}
