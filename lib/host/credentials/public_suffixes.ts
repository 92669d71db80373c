/** Recognizes public suffixes: domains under which anybody can get a name. */

import { PUBLIC_SUFFIX_LIST } from "./public_suffix_list.ts";

let rules: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** Whether a domain is a public suffix, by the rules of https://publicsuffix.org/list/. An unknown top-level domain is one. */
export function isPublicSuffix(domain: string): boolean {
  rules ??= readRules(PUBLIC_SUFFIX_LIST);
  const labels = domain.toLowerCase().replace(/\.$/, "").split(".");
  const end = labels.pop() ?? "";
  const starts = rules.get(end);
  if (labels.length === 0) return true;
  if (starts === undefined) return false;
  const start = labels.join(".");
  if (starts.has(`!${start}`)) return false;
  return starts.has(start) || starts.has(["*", ...labels.slice(1)].join("."));
}

function readRules(text: string): Map<string, ReadonlySet<string>> {
  return new Map(
    text.split(" ").map((line) => {
      const [end = "", starts = ""] = line.split(":");
      return [end, new Set(starts.split(","))];
    }),
  );
}
