/** Whatever servers write: nothing crashes, hangs, or shows a secret. `APPENDLAYER_SEED=…` repeats a run. */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { parseReference } from "../../lib/oci/reference.ts";
import { chooseChallenge, parseChallenges } from "../../lib/registry/auth/challenge.ts";
import { describeAnswer, parseErrorBody } from "../../lib/registry/http/error_body.ts";
import { parseNextLink } from "../../lib/registry/http/link.ts";
import { resolveLocation, withDigest } from "../../lib/registry/upload/upload_location.ts";
import { parseContentRange, parseUploadRange } from "../../lib/registry/upload/range.ts";
import { redactUrl } from "../../lib/registry/http/redact.ts";
import { nextHop } from "../../lib/registry/http/redirect.ts";
import { Registries } from "../../lib/registry/registries.ts";
import { parseToken } from "../../lib/registry/auth/token.ts";
import { createVirtualClock } from "../fake_registry/clock.ts";
import { chooseSeed, createRandom } from "../random.ts";
import { randomBytes, testSource } from "./blob_sources.ts";
import { createRecorder } from "./recorder.ts";

const SEED = chooseSeed();
process.stdout.write(`\nfuzz seed ${SEED}\n`);

const SEEDS = {
  challenge: [
    'Bearer realm="https://a.test/t",service="s",scope="repository:a:pull"',
    "BASIC realm=x, Bearer",
    'a="\\"',
  ],
  error: [
    '{"errors":[{"code":"DENIED","message":"no","detail":{"a":[1]}}]}',
    '{"error":"x"}',
    "<html>",
    "null",
  ],
  location: [
    "https://a.test/up?_state=s#f",
    "/v2/a/blobs/uploads/1",
    "http://[::1]/",
    "//u:p@x/",
    "\\\\x",
  ],
  range: ["0-1023", "bytes=0-5", "bytes 5-9/10", "0--1"],
  link: ['</v2/a?last=b>; rel="next"', "<a>,<b>;rel=next"],
  token: ['{"token":"abc","expires_in":60}', '{"access_token":{}}', "[]"],
  reference: ["ghcr.io/acme/app:1@sha256:00", "localhost:5000/a", "[::1]:5000/a/b:c"],
};
const PIECES = [
  '"',
  "\\",
  "=",
  ",",
  ";",
  "<",
  ">",
  "{",
  "}",
  "[",
  "]",
  ":",
  "/",
  "@",
  "?",
  "#",
  "%",
  "%00",
  "\0",
  "\r\n",
  "\u001b[31m",
  "\u202e",
  "é",
  "😀",
  "\ud800",
  " ",
  "\t",
  "9".repeat(30),
  "-",
  "Bearer ",
  "realm=",
  "null",
  "https://",
  "http://",
  "..",
  "a".repeat(3_000),
  "=".repeat(500),
  '"'.repeat(500),
  ",".repeat(500),
  "<".repeat(500),
  "[".repeat(2_000),
];

function mutate(text: string, random: () => number): string {
  let mutant = text;
  for (let edits = 1 + Math.floor(random() * 6); edits > 0; edits--) {
    const at = Math.floor(random() * (mutant.length + 1));
    const piece = PIECES[Math.floor(random() * PIECES.length)] ?? "";
    const removed = random() < 0.5 ? 0 : Math.floor(random() * 5);
    mutant = mutant.slice(0, at) + piece + mutant.slice(at + removed);
  }
  return mutant;
}

/** Errors that say that an input is wrong, rather than that the code is. */
function isVerdict(error: unknown): boolean {
  return error instanceof SyntaxError ||
    error instanceof TypeError && /^(?:the|more|Cannot) /.test(error.message);
}

const BASE = new URL("https://r.test/v2/");
const PARSERS: Record<keyof typeof SEEDS, (text: string) => unknown> = {
  challenge: (text) => chooseChallenge(parseChallenges(text)),
  error: (text) => {
    const told = describeAnswer(400, parseErrorBody(text));
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(told), JSON.stringify(told));
    assert.ok(told.length < 20_000);
  },
  location: (text) => {
    nextHop(307, text, BASE, "GET");
    redactUrl(text);
    const url = resolveLocation(text, BASE, BASE);
    assert.equal(url.protocol, "https:");
    assert.equal(url.username, "");
    withDigest(url, `sha256:${"0".repeat(64)}`);
  },
  range: (text) => {
    assert.ok(Number.isSafeInteger(parseUploadRange(text)));
    assert.ok(Number.isSafeInteger(parseContentRange(text) ?? 0));
  },
  link: parseNextLink,
  token: (text) => assert.match(parseToken(text, 0).value, /^[\x21-\x7e]+$/),
  reference: parseReference,
};

for (const kind of Object.keys(SEEDS) as (keyof typeof SEEDS)[]) {
  test(`20,000 mutated inputs do not upset the reader of a ${kind}`, () => {
    const random = createRandom(SEED).next;
    for (let round = 0; round < 20_000; round++) {
      const seeds = SEEDS[kind];
      const input = mutate(seeds[round % seeds.length] ?? "", random);
      const start = performance.now();
      try {
        PARSERS[kind](input);
      } catch (error) {
        if (!isVerdict(error)) {
          throw new Error(`seed ${SEED}: ${JSON.stringify(input)}`, { cause: error });
        }
      }
      assert.ok(performance.now() - start < 60_000, `seed ${SEED}: slow: ${JSON.stringify(input)}`);
    }
  });
}

test("500 servers that answer nonsense end in clear errors without a secret", async () => {
  for (let round = 0; round < 500; round += 50) {
    const together = Array.from({ length: 50 }, (_, index) => askNonsense(SEED + round + index));
    await Promise.all(together);
  }
});

async function askNonsense(seed: number): Promise<void> {
  const random = createRandom(seed).next;
  const pick = (kind: keyof typeof SEEDS): string => {
    const text = SEEDS[kind][Math.floor(random() * SEEDS[kind].length)] ?? "";
    return random() < 0.3 ? text : mutate(text, random);
  };
  const recorder = createRecorder({
    "https://r.test": () => {
      const headers = new Headers();
      const set = (name: string, value: string): void => {
        try {
          headers.set(name, value);
        } catch {
          // Not even a server can send that.
        }
      };
      set("www-authenticate", pick("challenge"));
      set("location", pick("location"));
      set("range", pick("range"));
      set("content-range", pick("range"));
      set("link", pick("link"));
      set("retry-after", pick("range"));
      set("warning", `299 - ${pick("challenge")}`);
      const statuses = [200, 201, 202, 206, 307, 401, 401, 404, 416, 429, 500];
      const status = statuses[Math.floor(random() * statuses.length)] ?? 200;
      return new Response(pick(random() < 0.5 ? "error" : "token"), { status, headers });
    },
  });
  const clock = createVirtualClock();
  const { now, delay } = clock;
  const credentials = () => Promise.resolve({ username: "u", password: "the-secret" });
  const options = {
    fetch: recorder.fetch,
    credentials,
    now,
    delay,
    random,
    retries: 2,
    bufferSize: 500,
  };
  const repository = new Registries(options).open("r.test", "acme/app", "push");
  const calls = [
    () => repository.putBlob(testSource(randomBytes(2_000), { replayable: random() < 0.5 })),
    () => repository.getManifest("1"),
    () => repository.headManifest("1"),
    () => collectBytes(repository.getBlob({ digest: `sha256:${"a".repeat(64)}`, size: 10 })),
    async () => {
      for await (const _ of repository.tags());
    },
  ];
  for (const call of calls) {
    try {
      await call();
    } catch (error) {
      const { message } = error as Error;
      const where = `seed ${seed}: ${message}`;
      assert.match(message, /^Cannot /, where);
      assert.ok(
        !message.includes("the-secret") && !message.includes(btoa("u:the-secret")),
        where,
      );
      assert.ok(!/[\p{Cc}\p{Cf}]/u.test(message), where);
    }
  }
  for (const { url, headers } of recorder.seen) {
    if (headers.has("authorization")) assert.equal(url.origin, "https://r.test");
  }
}
