/** The library's hints in the words of the command. */

import type { Hint } from "../../base/hint.ts";

/** What to do, with the command's options. */
export function hintWords(hint: Hint): string {
  switch (hint.kind) {
    case "log-in": {
      const { registry } = hint;
      return `"appendlayer login ${registry}" or "docker login ${registry}" give credentials`;
    }
    case "refused-credential":
      return `"appendlayer login ${hint.registry}" replaces the credentials`;
    case "find-tag":
      return `"appendlayer tags ${hint.name}" lists the tags`;
    case "web-page":
      return "is it the registry's host, without a path before /v2/, and does no proxy ask for a login first?";
    case "too-large":
      return "the registry, or a proxy before it, takes no larger requests: raise its limit (nginx: client_max_body_size), or send less, as by --compression zstd";
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
