/** Every expression over what a stranger sends, with a megabyte of what it likes least: none may take more than a moment. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { printable, printableJson, printableLine } from "../../lib/base/printable.ts";
import { retryDelay } from "../../lib/base/retry_delay.ts";
import { layoutTags } from "../../lib/layout/layout_index.ts";
import { isDigest } from "../../lib/oci/digest.ts";
import { bareMediaType, readBody } from "../../lib/oci/document_body.ts";
import { parseJson } from "../../lib/oci/json.ts";
import { formatPlatform, parsePlatform } from "../../lib/oci/platform.ts";
import { parseReference } from "../../lib/oci/reference.ts";
import { parseChallenges } from "../../lib/registry/auth/challenge.ts";
import { isPrivateHost } from "../../lib/registry/auth/private_host.ts";
import { refusalHint } from "../../lib/registry/auth/refusal_hint.ts";
import { withChallengeScope } from "../../lib/registry/auth/scope.ts";
import { parseToken } from "../../lib/registry/auth/token.ts";
import { parseErrorBody } from "../../lib/registry/http/error_body.ts";
import { describeFailure, isCertificateError } from "../../lib/registry/http/failure.ts";
import { parseNextLink } from "../../lib/registry/http/link.ts";
import { redactUrl } from "../../lib/registry/http/redact.ts";
import { nextHop } from "../../lib/registry/http/redirect.ts";
import { parseContentRange, parseUploadRange } from "../../lib/registry/upload/range.ts";
import { resolveLocation } from "../../lib/registry/upload/upload_location.ts";
import { isAboutSize } from "../../lib/registry/upload/upload_plan.ts";

const SIZE = 1_000_000;

/** Milliseconds; what is linear takes some 20, and on a busy machine some hundreds; what is not takes hours. */
const MOST = 60_000;

const URL_BASE = new URL("https://registry.test/v2/");

const encode = (text: string) => new TextEncoder().encode(text);

/** Pieces that are repeated, after a beginning that an expression bites on, and an end that it does not like. */
const PIECES = [
  ".",
  " ",
  "<",
  "\\",
  '"',
  ",",
  ";",
  "/",
  ":a@",
  "a",
  "1",
  "=",
  "%41",
  "\0",
  "\t",
  "[",
  "-a",
  "299 - ",
];
const BEGINNINGS = ["", "https://a", '299 - "', "Bearer a=", '</a>; rel="', ":", "bytes 0-"];
const ENDS = ["x\n"];

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  printable,
  printableJson,
  printableLine,
  retryDelay: (text) => retryDelay(0, { retryAfter: text }),
  layoutTags: (text) =>
    layoutTags({
      manifests: [{
        mediaType: "",
        digest: `sha256:${"a".repeat(64)}`,
        size: 0,
        annotations: { "io.containerd.image.name": text },
      }],
    }),
  isDigest,
  bareMediaType,
  readBody: (text) =>
    readBody({
      mediaType: text,
      digest: `sha256:${"a".repeat(64)}`,
      bytes: encode(JSON.stringify({ schemaVersion: 2, mediaType: text, layers: [] })),
    }),
  parseJson: (text) => parseJson(encode(text), "it"),
  "parseJson, of a string": (text) => parseJson(encode(JSON.stringify({ text })), "it"),
  parsePlatform: (text) => parsePlatform(formatPlatform({ os: text, architecture: text })),
  parseReference,
  parseChallenges,
  isPrivateHost,
  refusalHint: (text) => refusalHint({ status: 401, text, isAnonymous: false, registry: "a" }),
  withChallengeScope: (text) => withChallengeScope([], text),
  parseToken: (text) => parseToken(JSON.stringify({ token: text }), 0),
  parseErrorBody,
  "parseErrorBody, of a message": (text) => parseErrorBody(JSON.stringify({ message: text })),
  describeFailure: (text) => describeFailure(new Error(text)),
  isCertificateError: (text) => isCertificateError(new Error(text)),
  parseNextLink,
  redactUrl,
  nextHop: (text) => nextHop(307, text, URL_BASE, "GET"),
  parseContentRange,
  parseUploadRange,
  resolveLocation: (text) => resolveLocation(text, URL_BASE, URL_BASE),
  isAboutSize,
};

for (const [name, read] of Object.entries(READERS)) {
  test(`${name}() takes no more than a moment for a megabyte`, () => {
    for (const piece of PIECES) {
      for (const beginning of BEGINNINGS) {
        for (const end of ENDS) {
          const text = beginning + piece.repeat(SIZE / piece.length) + end;
          const start = performance.now();
          try {
            read(text);
          } catch (error) {
            // A stack that overflows is no refusal.
            assert.doesNotMatch(String(error), /call stack|too much recursion/i);
          }
          const took = performance.now() - start;
          assert.ok(took < MOST, `${Math.round(took)} ms for ${JSON.stringify(beginning + piece)}`);
        }
      }
    }
  });
}
