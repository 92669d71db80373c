/**
 * Does the first steps of an append, with the project's own functions but without options and checks; `ladder.ts` compiles it. At the end
 * it stops itself (SIGSTOP), so that its memory can be measured.
 *
 *     PROGRAM STEPS IMAGE <FILE
 */

import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { encodeHex } from "../../lib/base/hex.ts";
import { builtin, hostProcess } from "../../lib/host/builtin.ts";
import { createNativeHasher } from "../../lib/host/native_hasher.ts";
import { deflateModule } from "../../lib/layer/compression/deflate_module.ts";
import { Deflater, deflateSettings } from "../../lib/layer/compression/deflater.ts";

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

const [, , steps, image = ""] = hostProcess?.argv ?? [];
const [host, name] = image.split("/");
const repository = `http://${host}/v2/${name}`;

let layer: Bytes = new Uint8Array();
let manifest = "";

function readInput(): void {
  const { readSync } = builtin("node:fs");
  const chunks: Bytes[] = [];
  for (;;) {
    const chunk = new Uint8Array(256 * 1024);
    const size = readSync(0, chunk);
    if (size === 0) break;
    chunks.push(chunk.subarray(0, size));
  }
  layer = concatBytes(chunks);
}

async function askForManifest(): Promise<void> {
  const response = await fetch(`${repository}/manifests/1`, {
    headers: { accept: DOCKER_MANIFEST },
  });
  manifest = JSON.stringify(await response.json());
}

async function hash(bytes: Bytes): Promise<string> {
  const hasher = createNativeHasher();
  hasher.update(bytes);
  return `sha256:${encodeHex(await hasher.digest())}`;
}

function compress(): void {
  const deflater = new Deflater(deflateModule(), deflateSettings());
  const blocks: Bytes[] = [];
  for (let at = 0; at < layer.length; at += deflater.input.length) {
    blocks.push(deflater.compress(layer.subarray(at, at + deflater.input.length)).slice());
  }
  layer = concatBytes(blocks);
}

async function upload(): Promise<void> {
  const session = await fetch(`${repository}/blobs/uploads/`, { method: "POST" });
  const location = new URL(session.headers.get("location") ?? "", repository);
  location.searchParams.set("digest", await hash(layer));
  const stored = await fetch(location, { method: "PUT", body: new Blob([layer]) });
  const tagged = await fetch(`${repository}/manifests/2`, {
    method: "PUT",
    headers: { "content-type": DOCKER_MANIFEST },
    body: manifest,
  });
  if (!stored.ok || !tagged.ok) throw new Error(`Answered ${stored.status}, ${tagged.status}`);
}

/** Tries TLS, which the registry refuses, but for which certificates are loaded. */
async function tryTls(): Promise<void> {
  await fetch(`https://${host}/v2/`).catch(() => {});
}

async function main(): Promise<void> {
  const parts = [readInput, askForManifest, () => hash(layer), compress, upload, tryTls];
  for (const part of parts.slice(0, Number(steps))) await part();
  hostProcess?.kill(hostProcess.pid, "SIGSTOP");
}

main();
