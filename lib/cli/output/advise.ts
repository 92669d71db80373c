/** Tells what to do about an error. */

import type { Hint } from "../../base/hint.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { AuthError } from "../../registry/auth/auth_error.ts";
import { RegistryError } from "../../registry/http/registry_error.ts";
import type { GivenValues } from "../options/option.ts";
import { hintWords } from "./hint_words.ts";

/** Texts of the runtimes' TLS errors. */
const UNTRUSTED =
  /self.signed|UnknownIssuer|unable to (?:verify|get local)|unknown ca\b|UNABLE_TO_/i;
/** The error of rustls, and so Deno, for a certificate that is its own authority, as `openssl req -x509` makes by default. */
const OWN_AUTHORITY = "CaUsedAsEndEntity";
const NO_TLS = /wrong version number|packet length too long|InvalidContentType|InvalidMessage/i;
/** What Bun says of plain http, and of a server that has no TLS in common with it. */
const NO_HANDSHAKE = /The TLS handshake failed/;
const NO_NAME = /dns error|ENOTFOUND|EAI_AGAIN|getaddrinfo/i;
const NOBODY_LISTENS = /ECONNREFUSED|connection refused/i;
/** Bun's errors for an unknown host and for a closed port, which it does not tell apart. */
const UNREACHABLE = /unable to connect|ConnectionRefused|FailedToOpenSocket/i;
const SILENT = /nothing came for \d|it took more than \d/;
/** The runtimes' errors for a TLS server's answer to plain http. */
const NO_PLAIN_HTTP = /invalid HTTP version|Expected HTTP\//i;
const CUT_PLAIN_HTTP = /no answer from http:.*(?:ECONNRESET|closed unexpectedly)/i;
const NO_FILE = /^Cannot (?:add|read) "[^"]*": there is no such file$/;
const TAGS_TOLD = /; there (?:is the tag|are the tags) "/;
/** A push to what nobody but Docker may push to, and what its registry says to others. */
const OFFICIAL_TARGET =
  /^Cannot push .*"docker\.io\/library\/.*(?:answered 40[13]\b|asks for a user)/;
const CERTIFICATE_WANTED = /certificate.?required/i;

/**
 * A sentence to print below an error's message; undefined if nothing can be advised.
 *
 * @param message The error's full description.
 * @param given The options of the command line.
 */
export function advise(
  error: unknown,
  message: string,
  given: GivenValues = new Map(),
): string | undefined {
  if (message.endsWith("standard input: it is empty")) {
    return 'a layer is a tar on standard input, or --add, or --layer; "appendlayer edit" changes settings alone';
  }
  const directory = /^Cannot read "([^"]*)": it is a directory$/.exec(message)?.[1];
  if (directory !== undefined && given.get("layer")?.includes(directory)) {
    return "--add SRC:DEST adds the files of a directory";
  }
  if (message.startsWith("Cannot find an engine: there is none at")) {
    return 'does Docker or Podman run? Podman\'s socket is there while "podman system service" runs';
  }
  if (message.includes("this user may not use the socket")) {
    return 'root may, and for Docker\'s who is in the group "docker"';
  }
  if (message.startsWith("Cannot reach the engine")) {
    return UNTRUSTED.test(message)
      ? "DOCKER_CERT_PATH names the directory with its ca.pem, cert.pem and key.pem"
      : "does it run? DOCKER_HOST, DOCKER_CONTEXT or CONTAINER_HOST names another";
  }
  if (message.includes("it is not installed, though the Docker config names it")) {
    return 'install it, or take it out of "credsStore" and "credHelpers" in config.json';
  }
  if (UNTRUSTED.test(message)) return "--ca FILE trusts the authority that signed its certificate";
  if (message.includes(OWN_AUTHORITY)) {
    return "Deno takes no certificate that is its own authority: issue one with basicConstraints=CA:FALSE, run the executable or on Node or Bun, or use --insecure";
  }
  if (NO_TLS.test(message)) return "it seems to speak plain http: --plain-http";
  if (NO_HANDSHAKE.test(message)) return "does it speak plain http? Then use --plain-http";
  if (NO_PLAIN_HTTP.test(message)) return "it speaks https: leave out --plain-http";
  if (CUT_PLAIN_HTTP.test(message)) return LEAVE_OUT_PLAIN_HTTP;
  if (NO_NAME.test(message)) return `${IS_NAME_RIGHT}? ${PROXY}`;
  if (NOBODY_LISTENS.test(message)) return `${IS_PORT_RIGHT}? ${PROXY}`;
  if (UNREACHABLE.test(message)) return `${IS_NAME_RIGHT}, and ${IS_PORT_RIGHT}? ${PROXY}`;
  if (SILENT.test(message)) {
    if (message.includes(' at the engine "')) return "--timeout SECONDS waits longer";
    return "--timeout SECONDS waits longer, --retry-for DURATION tries longer";
  }
  if (message.endsWith(": there is something in it already")) {
    return "--resume FILE goes on with the report in it";
  }
  if (message.endsWith("(option from)")) return "--from OLD-BASE names it";
  if (NO_FILE.test(message)) return "a path that is not absolute begins at the current directory";
  if (message.endsWith(" can be added")) return "--ignore GLOB leaves it out";
  if (message.endsWith(": there is no OCI image layout")) {
    return '"appendlayer copy IMAGE oci:DIR" makes one';
  }
  if (message.includes("it is not a whole tar archive")) {
    return "a layer is a tar, also one of gzip or zstd; --add SRC:DEST adds files as they are";
  }
  if (CERTIFICATE_WANTED.test(message)) return "--cert FILE and --key FILE show a certificate";
  if (OFFICIAL_TARGET.test(message)) {
    return 'a TARGET without a host and a user is one of Docker Hub\'s own images: expected "HOST/NAME:TAG", or "USER/NAME:TAG" there';
  }
  const hint = hintOf(error);
  if (hint?.kind === "find-tag") {
    // The message names the existing tags already.
    if (TAGS_TOLD.test(message)) return undefined;
    return IS_REPOSITORY_RIGHT;
  }
  if (NO_TAGS.test(message)) return IS_REPOSITORY_RIGHT;
  if (hint !== undefined && !ABOUT_LOGIN.has(hint.kind)) return hintWords(hint);
  if (hint !== undefined && !message.startsWith("Cannot log in")) return hintWords(hint);
  const status = error instanceof RegistryError ? error.status : undefined;
  // The answer of Go's servers and nginx to plain http on a TLS port.
  if (status === 400 && error instanceof RegistryError && error.url.startsWith("http:")) {
    return LEAVE_OUT_PLAIN_HTTP;
  }
  if (status !== undefined && OVERLOADED.has(status)) {
    return "it may pass: --retry-for 2m tries for as long as that";
  }
  const isRefused = status === 401 || status === 403;
  // An error of login itself needs another advice.
  if (/^Cannot log in .* answered 40[13]\b/.test(message)) {
    return "many registries take an access token in place of the password";
  }
  if ((error instanceof AuthError || isRefused) && !message.startsWith("Cannot log in")) {
    return '"appendlayer login HOST" or "docker login HOST" give credentials';
  }
  return undefined;
}

const NO_TAGS = /^Cannot list tags of .*: registry answered 404\b/;
const IS_REPOSITORY_RIGHT =
  "is the name right, and may these credentials see it? To some, registries say no more than that";
const IS_NAME_RIGHT = "is the host's name right";
const IS_PORT_RIGHT = "does a registry listen there, at this port";
const LEAVE_OUT_PLAIN_HTTP = "does it speak https? Then leave out --plain-http";
const PROXY = "Where the way out is a proxy, HTTPS_PROXY names it";

const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Hints to log in, which do not help with an error of login itself. */
const ABOUT_LOGIN: ReadonlySet<string> = new Set(["log-in", "refused-credential"]);

/** The hint of an error or of its causes. */
export function hintOf(error: unknown): Hint | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (hasHint(cause) && cause.hint !== undefined) return cause.hint;
  }
  return undefined;
}

function hasHint(error: Error): error is AuthError | RegistryError | LayerError {
  return error instanceof AuthError || error instanceof RegistryError ||
    error instanceof LayerError;
}
