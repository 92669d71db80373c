/** Says what to do about an error. */

import type { Hint } from "../../base/hint.ts";
import { AuthError } from "../../registry/auth/auth_error.ts";
import { RegistryError } from "../../registry/http/registry_error.ts";
import { hintWords } from "./hint_words.ts";

/** Words of the runtimes' own TLS errors. */
const UNTRUSTED =
  /self.signed|UnknownIssuer|unable to (?:verify|get local)|unknown ca\b|UNABLE_TO_/i;
/** What rustls, and so Deno, calls a certificate that is its own authority, as `openssl req -x509` makes by default. */
const OWN_AUTHORITY = "CaUsedAsEndEntity";
const NO_TLS = /wrong version number|packet length too long|InvalidContentType|InvalidMessage/i;
const CERTIFICATE_WANTED = /certificate.?required/i;

/**
 * A sentence for the line below an error's message, or undefined.
 *
 * @param message The error's whole description.
 */
export function advise(error: unknown, message: string): string | undefined {
  if (message.endsWith("standard input: it is empty")) {
    return "a layer is a tar on standard input, or --add, or --layer";
  }
  if (/^Cannot read "[^"]*": it is a directory$/.test(message)) {
    return "--add SRC:DEST adds the files of a directory";
  }
  if (UNTRUSTED.test(message)) return "--ca FILE trusts the authority that signed its certificate";
  if (message.includes(OWN_AUTHORITY)) {
    return "Deno takes no certificate that is its own authority: issue one with basicConstraints=CA:FALSE, run the executable or on Node or Bun, or use --insecure";
  }
  if (NO_TLS.test(message)) return "it seems to speak plain http: --plain-http";
  if (CERTIFICATE_WANTED.test(message)) return "--cert FILE and --key FILE show a certificate";
  const hint = hintOf(error);
  // The tags that there are stand in the message.
  if (hint?.kind === "find-tag") return undefined;
  if (hint !== undefined && !ABOUT_LOGIN.has(hint.kind)) return hintWords(hint);
  if (hint !== undefined && !message.startsWith("Cannot log in")) return hintWords(hint);
  const isRefused = error instanceof RegistryError &&
    (error.status === 401 || error.status === 403);
  // Not below an error of login itself.
  if ((error instanceof AuthError || isRefused) && !message.startsWith("Cannot log in")) {
    return '"appendlayer login HOST" or "docker login HOST" give credentials';
  }
  return undefined;
}

/** Hints that say to log in, which is no help below an error of login itself. */
const ABOUT_LOGIN: ReadonlySet<string> = new Set(["log-in", "refused-credential"]);

/** The hint of an error or of what caused it. */
export function hintOf(error: unknown): Hint | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause instanceof AuthError || cause instanceof RegistryError) && cause.hint) {
      return cause.hint;
    }
  }
  return undefined;
}
