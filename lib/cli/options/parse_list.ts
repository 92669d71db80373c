/** Parses lists: JSON, or words as a POSIX shell splits them. */

/**
 * Splits a text into words by the quoting rules of POSIX (XCU §2.2), without expanding anything.
 *
 * @throws {SyntaxError} if a quote is left open.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "'") {
      if (character === "'") quote = "";
      else word += character;
    } else if (quote === '"') {
      if (character === '"') quote = "";
      else if (character === "\\" && '"\\$`'.includes(next) && next !== "") {
        word += next;
        at++;
      } else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\" && next !== "") {
      word = (word ?? "") + next;
      at++;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== "") {
    throw new SyntaxError(`Cannot split ${JSON.stringify(text)}: a ${quote} is left open`);
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Parses a list as a JSON array of strings, or as shell words. An empty text is null, which unsets it.
 *
 * @throws {SyntaxError} if it is a broken JSON array, has other items than strings, or leaves a quote open.
 */
export function parseList(text: string): string[] | null {
  if (text.trim() === "") return null;
  if (!text.trimStart().startsWith("[")) return splitWords(text);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    // `[ -f /x ]` is a command, too.
    if (/^\s*\[\s/.test(text) && !text.includes('"')) return splitWords(text);
    throw new SyntaxError(`Cannot read ${JSON.stringify(text)} as a JSON array`, { cause: error });
  }
  if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  throw new SyntaxError(`Cannot read ${JSON.stringify(text)}: expected a JSON array of strings`);
}
