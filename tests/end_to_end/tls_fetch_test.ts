import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/runtimes.ts";
import { makeCertificate } from "./certificate.ts";
import { hasProgram, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const CLIENT = "tests/end_to_end/tls_fetch_client.ts";

const SERVER = "tests/end_to_end/tls_fetch_server.ts";

const EMPTY = createHash("sha256").digest("hex");
const HELLO = createHash("sha256").update("hello").digest("hex");
const REASON = { kind: "Error", message: "my own reason" };

const EXPECTED: Record<string, unknown> = {
  "get": [200, true, { url: "/echo?a=b", a: "1" }],
  "head": 200,
  "no content": [204, null],
  "redirect": [307, "https://elsewhere.example/"],
  "cookies": ["a=1", "b=2"],
  "empty post": [201, `0 ${EMPTY}`],
  "text": [201, `5 ${HELLO}`],
  "bytes": true,
  "blob": true,
  "stream": true,
  "stream of known length": true,
  "too long": {
    kind: "TypeError",
    message: "Cannot send the body: it is not of the 1000000 bytes that were declared",
  },
  "too short": {
    kind: "TypeError",
    message: "Cannot send the body: it is not of the 1000000 bytes that were declared",
  },
  "broken source": { kind: "Error", message: "the source broke" },
  "early answer": [[413, "too much"], true, 0],
  "stalled server": ["my own reason", true, true],
  "aborted answer": REASON,
  "aborted before": REASON,
  "connections": 0,
  // The one of the endless answer.
  "dropped answers": 1,
};

testWith(
  ["openssl"],
  "the fetch for certificates and proxies keeps every promise on each runtime",
  async () => {
    await withDirectory(async (directory) => {
      const { ca, certificate, key } = await makeCertificate(directory);
      await bundle([CLIENT, SERVER], directory);
      const script = fileURLToPath(new URL("./tls_fetch_client.ts", import.meta.url));
      const node = process.env["APPENDLAYER_NODE"] || "node";
      const bundled = (path: string): string => join(directory, path.replace(".ts", ".mjs"));
      const runtimes: [string, string[]][] = [
        ["deno", [process.execPath, "run", "-A", "--no-check", script]],
        ["node", [node, bundled(CLIENT)]],
      ];
      if (hasProgram("bun")) runtimes.push(["bun", ["bun", script]]);
      const server = spawn(node, [bundled(SERVER), certificate, key], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const port = await new Promise<string>((resolve) => server.stdout.once("data", resolve));
        const url = `https://127.0.0.1:${String(port).trim()}`;
        for (const [name, command] of runtimes) {
          const { whole, ...results } = JSON.parse(
            await succeed([...command, url, ca], { timeout: 60_000 }),
          );
          const { "cut answer": cut, "nobody there": nobody, ...others } = results;
          assert.deepEqual(others, EXPECTED, name);
          for (const failure of [cut, nobody]) {
            assert.equal(failure.kind, "TypeError", name);
            assert.match(failure.message, /^fetch failed: /, name);
          }
          assert.equal(nobody.code, "ECONNREFUSED", name);
          // A body that is cut short must not look whole.
          assert.deepEqual([...new Set(whole)], ["/hash"], name);
        }
      } finally {
        server.kill();
      }
    });
  },
);
