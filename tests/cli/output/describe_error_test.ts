import assert from "node:assert/strict";
import { test } from "node:test";
import { describeError, describeStack, redact } from "../../../lib/cli/output/describe_error.ts";
import { advise } from "../../../lib/cli/output/advise.ts";
import { AuthError } from "../../../lib/registry/auth/auth_error.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";

const error = (message: string, cause?: unknown): Error => new Error(message, { cause });

const DESCRIBED: readonly [what: string, error: unknown, text: string][] = [
  ["a message", error("Cannot a: b"), "Cannot a: b"],
  ["its causes", error("Cannot a", error("b", error("c"))), "Cannot a: b: c"],
  ["no cause twice", error("Cannot a: b", error("b")), "Cannot a: b"],
  [
    "a reason only once",
    error("Cannot a: it is bad", error("Cannot x: it is bad")),
    "Cannot a: it is bad",
  ],
  [
    "a reason only once, where what to do follows",
    error("Cannot a: it is bad; leave it out", error("it is bad")),
    "Cannot a: it is bad; leave it out",
  ],
  [
    "a reason that is no more than the beginning of another",
    error("Cannot a: it is badly made", error("it is bad")),
    "Cannot a: it is badly made: it is bad",
  ],
  [
    "no words that say nothing",
    error("Cannot a", error("fetch failed", error("refused"))),
    "Cannot a: refused",
  ],
  ["no full stop", error("Failed.", error("Why.")), "Failed: Why"],
  ["an error without a message", new RangeError(), "RangeError"],
  ["a code", Object.assign(new Error(), { code: "ECONNRESET" }), "ECONNRESET"],
  [
    "the first of several",
    new AggregateError([error("a"), error("b")], "all failed"),
    "all failed: a",
  ],
  ["a text", "just a text", "just a text"],
  ["nothing", undefined, "unknown error"],
  ["no control characters", error("a\x1b[31mb\nc"), "a[31mb c"],
  [
    "a system's error in words",
    error(
      'Cannot write "x"',
      Object.assign(error("ENOSPC: no space left, write"), { code: "ENOSPC", syscall: "write" }),
    ),
    'Cannot write "x": the disk is full',
  ],
  [
    "an error of ours that passes a system's code on",
    Object.assign(error('Cannot read "x": there is no such file'), { code: "ENOENT" }),
    'Cannot read "x": there is no such file',
  ],
  [
    "what Bun says to those who write programs",
    error(
      "Cannot a: EPROTO: The TLS handshake failed",
      error("EPROTO: The TLS handshake failed. Does the server speak TLS on this port?"),
    ),
    "Cannot a: EPROTO: The TLS handshake failed",
  ],
  [
    "a failure of fetch by its reason",
    error("Cannot a: self signed", error("fetch failed: self signed", error("self signed"))),
    "Cannot a: self signed",
  ],
  [
    "what Deno says around a failure",
    error(
      "Cannot a",
      error("error sending request for url (https://r.io/v2/): client error (Connect): refused"),
    ),
    "Cannot a: refused",
  ],
];

for (const [what, thrown, text] of DESCRIBED) {
  test(`describeError() tells ${what}`, () => assert.equal(describeError(thrown), text));
}

test("describeError() ends where causes go in circles", () => {
  const first = error("a");
  first.cause = error("b", first);
  assert.equal(describeError(first), "a: b");
});

const SECRETS: readonly [text: string, expected: string][] = [
  ["Authorization: Bearer eyJhbGciOi.x-y_z", "Authorization: Bearer …"],
  ["Basic dXNlcjpwYXNzd29yZA==", "Basic …"],
  ["https://user:hunter2@r.io/v2/", "https://…@r.io/v2/"],
  [
    "https://s3.io/b?X-Amz-Signature=abc&X-Amz-Date=1",
    "https://s3.io/b?X-Amz-Signature=…&X-Amz-Date=…",
  ],
  ["the basic idea", "the basic idea"],
];

for (const [text, expected] of SECRETS) {
  test(`redact() leaves no secret in ${text}`, () => {
    assert.equal(redact(text), expected);
    assert.ok(!describeStack(new Error(text)).includes("hunter2"));
  });
}

test("describeStack() shows the stacks of the causes", () => {
  assert.match(describeStack(error("a", error("b"))), /Error: a\n[^]*caused by Error: b\n/);
});

test("advise() says of an engine where its address comes from, and nothing of registries", () => {
  const message = 'Cannot reach the engine "tcp://h:1" (DOCKER_HOST): nobody listens there';
  const hint = (reason: string): string | undefined => advise(new Error(reason), reason);
  assert.match(hint(message) ?? "", /does it run\? DOCKER_HOST/);
  assert.match(hint(`${message}: self-signed certificate`) ?? "", /DOCKER_CERT_PATH/);
  assert.equal(
    hint('Cannot ask for /info at the engine "unix:///s": it took more than 60 seconds in all'),
    "--timeout SECONDS waits longer",
  );
});

test("advise() says what to do about certificates, plain http and credentials", () => {
  const refused = (status: number): RegistryError =>
    new RegistryError("no", { method: "GET", url: "https://r.io/", status });
  const hint = (text: string, thrown: unknown = new Error(text)): string | undefined =>
    advise(thrown, text);
  assert.match(hint("self signed certificate in certificate chain") ?? "", /--ca FILE/);
  assert.match(hint("invalid peer certificate: UnknownIssuer") ?? "", /--ca FILE/);
  assert.match(
    hint("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))") ?? "",
    /basicConstraints=CA:FALSE/,
  );
  assert.match(hint("ssl3_get_record:wrong version number") ?? "", /--plain-http/);
  assert.match(hint("EPROTO: The TLS handshake failed") ?? "", /plain http\?.*--plain-http/);
  assert.match(hint("received fatal alert: CertificateRequired") ?? "", /--cert FILE/);
  assert.match(hint("x", refused(401)) ?? "", /login/);
  assert.match(hint("x", new AuthError("x")) ?? "", /login/);
  const trust = new AuthError("x", { hint: { kind: "trust-realm", host: "a.test" } });
  assert.equal(hint("x", trust), "--trust-realm a.test allows it");
  assert.equal(hint("x", error("y", trust)), "--trust-realm a.test allows it");
  const anonymous = new RegistryError("x", {
    method: "GET",
    url: "https://r.io/",
    status: 403,
    hint: { kind: "log-in", registry: "r.io" },
  });
  assert.match(hint("x", anonymous) ?? "", /appendlayer login r\.io/);
  assert.equal(hint('Cannot log in to "r.io": x', refused(401)), undefined);
  assert.equal(hint("x", refused(500)), undefined);
});

test("describeStack() lets no control character through", () => {
  const failed = error("Cannot a \x1b[31mb\x07");
  const lines = describeStack(failed).split("\n");
  assert.ok(lines.length > 1);
  for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
});
