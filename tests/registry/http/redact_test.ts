import assert from "node:assert/strict";
import { test } from "node:test";
import { redactUrl } from "../../../lib/registry/http/redact.ts";

const CASES: [url: string, shown: string][] = [
  [
    "https://r.example/v2/a?_state=secret&digest=sha256:0",
    "https://r.example/v2/a?…&digest=sha256:0",
  ],
  ["https://s3.example/x?X-Amz-Signature=secret&X-Amz-Credential=key", "https://s3.example/x?…"],
  ["https://user:secret@r.example/", "https://r.example/"],
  [
    "https://r.example/v2/?mount=d&from=a/b&access_token=secret",
    "https://r.example/v2/?mount=d&from=a/b&…",
  ],
  ["https://r.example/#secret", "https://r.example/"],
  ["secret", "(not a URL)"],
];
for (const [url, shown] of CASES) {
  test(`redactUrl() shows ${url} as ${shown}`, () => assert.equal(redactUrl(url), shown));
}
