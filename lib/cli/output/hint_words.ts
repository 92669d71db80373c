/** The library's hints in the words of the command. */

import type { Hint } from "../../base/hint.ts";

/** What to do, with the command's options. */
export function hintWords(hint: Hint): string {
  switch (hint.kind) {
    case "log-in": {
      const { registry } = hint;
      return `"appendlayer login ${registry}" or "docker login ${registry}" give credentials`;
    }
    case "trust-realm":
      return `--trust-realm ${hint.host} allows it`;
    case "read-base":
      return "--read-base reads it";
    case "allow-empty":
      return "--allow-empty deletes it";
    case "delete-by-digest":
      return `"appendlayer delete ${hint.name}" deletes the image with all of its tags; or delete the tag on the registry's own page, or by its own tool`;
  }
}
