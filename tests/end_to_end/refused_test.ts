import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { appendlayer } from "./appendlayer.ts";
import { putBase, tarOfFiles } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";

const text = new TextEncoder();

/** Inputs that are no layer, and what a person must be able to read about each. */
async function refusedInputs(): Promise<[name: string, input: Uint8Array, found: RegExp][]> {
  const tar = await tarOfFiles({ "hello.txt": "hello\n", "more.txt": "x".repeat(5000) });
  const broken = Uint8Array.from(tar);
  broken[100] = 0x39;
  const noise = new Uint8Array(90 * 1024 * 1024);
  for (let offset = 0; offset < noise.length; offset += 65536) {
    crypto.getRandomValues(noise.subarray(offset, offset + 65536));
  }
  const large = await tarOfFiles({ "noise.hex": Buffer.from(noise).toString("latin1") });
  const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
  return [
    ["nothing", new Uint8Array(), /it is empty\n.*--add/],
    ["a cut tar", tar.subarray(0, 2000), /cut|truncated|ends? (?:early|in)|unexpected/i],
    ["text", text.encode("hello\n".repeat(300)), /not a (?:whole )?tar/i],
    ["a broken header", broken, /header|checksum|not a tar/i],
    [
      "garbage after the end",
      concat(tar, text.encode("garbage".repeat(100))),
      /behind|after|trailing|garbage/i,
    ],
    ["gzip in gzip", gzipSync(gzipSync(tar)), /gzip/i],
    ["a cut gzip", gzipSync(tar).subarray(0, -12), /gzip|cut|truncated|unexpected/i],
    ["gzip of text", gzipSync(text.encode("hello\n".repeat(300))), /not a (?:whole )?tar/i],
    ["garbage after a gzip", concat(gzipSync(tar), text.encode("garbage")), /gzip|after|trailing/i],
    [
      "a large tar that is cut",
      large.subarray(0, -30_000),
      /cut|truncated|ends? (?:early|in)|unexpected/i,
    ],
  ];
}

/** The digests of all blobs that a registry has committed. */
async function committed(storage: string): Promise<string[]> {
  const root = join(storage, "docker/registry/v2/blobs/sha256");
  return (await readdir(root, { recursive: true })).filter((path) => path.endsWith("data")).sort();
}

testWith(
  REGISTRY_NEEDS.open,
  "what is not a layer is refused: a clear error, exit status 1, no tag, no blob",
  () =>
    withRegistry("open", async (registry) => {
      const store = registryStore(await openRegistry(registry), "acme/app");
      await putBase(store, "oci", "base");
      const image = `${registry.host}/acme/app`;
      const before = await committed(registry.storage);
      for (const [name, input, found] of await refusedInputs()) {
        const { code, stdout, stderr } = await appendlayer([`${image}:base`, `${image}:new`], {
          input,
        });
        assert.equal(code, 1, `${name}: ${stderr}`);
        assert.equal(stdout, "", name);
        assert.match(stderr, found, `${name}: ${stderr}`);
        assert.doesNotMatch(stderr, /\n\s+at /, `${name}: a stack trace`);
        await assert.rejects(store.getManifest("new"), /404/, name);
        assert.deepEqual(
          await committed(registry.storage),
          before,
          `${name}: a blob was committed`,
        );
      }
    }),
);

testWith(
  REGISTRY_NEEDS.open,
  "mistakes of use end with exit status 2, the others with 1",
  () =>
    withRegistry("open", async (registry) => {
      const store = registryStore(await openRegistry(registry), "acme/app");
      await putBase(store, "oci", "base");
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      const image = `${registry.host}/acme/app`;
      const cases: [code: number, found: RegExp, ...args: string[]][] = [
        [2, /TARGET is missing/, `${image}:base`],
        [2, /operand/, "a", "b", "c", "d", "e"],
        [2, /--compresion/, `${image}:base`, `${image}:new`, "--compresion", "gzip"],
        [2, /gzip.*zstd/, `${image}:base`, `${image}:new`, "--compression", "bzip2"],
        [2, /UPPER/, `${registry.host}/UPPER:base`, `${image}:new`],
        [1, /missing/, `${image}:missing`, `${image}:new`],
        [1, /acme\/none/, `${registry.host}/acme/none:1`, `${image}:new`],
        [1, /127\.0\.0\.1:1\b/, `127.0.0.1:1/acme/app:base`, `${image}:new`],
        [1, /windows|platform/, `${image}:base`, `${image}:new`, "--platform", "windows/amd64"],
      ];
      for (const [expected, found, ...args] of cases) {
        const { code, stdout, stderr } = await appendlayer([...args, "--retry-for", "0"], {
          input: tar,
        });
        assert.equal(code, expected, `${args.join(" ")}: ${stderr}`);
        assert.equal(stdout, "");
        assert.match(stderr, found, `${args.join(" ")}: ${stderr}`);
        assert.doesNotMatch(stderr, /\n\s+at /, "a stack trace");
      }
    }),
);
