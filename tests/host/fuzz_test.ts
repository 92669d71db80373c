import { gzipSync } from "node:zlib";
import { type Bytes, oneChunk } from "../../lib/base/bytes.ts";
import { findInDockerConfig, parseDockerConfig } from "../../lib/host/credentials/docker_config.ts";
import { FileLineWriter } from "../../lib/host/files/file_lines.ts";
import { FileMemory } from "../../lib/host/files/file_memory.ts";
import { fuzz } from "../fuzz.ts";

const encode = (text: string): Bytes => new TextEncoder().encode(text);

const CONFIG = JSON.stringify({
  auths: {
    "ghcr.io": { auth: btoa("ada:password") },
    "https://index.docker.io/v1/": { username: "ada", password: "p", identitytoken: "t" },
  },
  credHelpers: { "registry.test": "pass" },
  credsStore: "store",
  HttpHeaders: { "X-Meta": "x" },
});

fuzz("a config of Docker's", () => [encode(CONFIG)], (bytes) => {
  const config = parseDockerConfig(new TextDecoder().decode(bytes), "config.json");
  for (const registry of ["ghcr.io", "docker.io", "registry.test", "__proto__"]) {
    findInDockerConfig(config, { registry, repository: "acme/app" });
  }
});

const lines = (): readonly Bytes[] => {
  const writer = new FileLineWriter();
  for (const path of ["a", "b/c"]) writer.add([path, [1, 2, 3, 4], 9_000, "aGFzaA=="]);
  return [writer.end()];
};

fuzz("what is remembered of files", lines, async (bytes) => {
  const store = {
    get: () => Promise.resolve(oneChunk(new Uint8Array(gzipSync(bytes)))),
    put: () => Promise.resolve(),
  };
  const memory = new FileMemory(store, "source");
  await memory.open(true);
  const stamp = [1, 2, 3, 4] as const;
  const found = await memory.find("a", stamp) ?? await memory.find("b/c", stamp);
  if (found === undefined) throw new SyntaxError("Cannot remember it");
});
