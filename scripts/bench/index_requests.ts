/** Sends only the requests that change an index, to find out which part of an append's time is the registry's. */

import type { Bytes } from "../../lib/base/bytes.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { ACCEPT_MANIFESTS } from "../../lib/oci/media_type.ts";

/** The fields of manifests and indexes that are changed here. */
interface Changed {
  config: { digest: string; size: number };
  manifests: { digest: string; size: number }[];
}

async function ask(url: URL | string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  if (response.ok) return response;
  throw new Error(`Cannot ask ${url}: ${response.status} ${await response.text()}`);
}

function encode(value: unknown): Bytes {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Reads an index, its manifests and their configs, and writes changed ones, for all platforms at the same time.
 *
 * @returns milliseconds.
 */
export async function timeIndexRequests(address: string, repository: string): Promise<number> {
  const base = `http://${address}/v2/${repository}`;
  const read = async (reference: string): Promise<[Changed, string]> => {
    const headers = { accept: ACCEPT_MANIFESTS };
    const response = await ask(`${base}/manifests/${reference}`, { headers });
    return [await response.json(), response.headers.get("content-type") ?? ""];
  };
  const put = async (reference: string, body: Bytes, type: string): Promise<void> => {
    const headers = { "content-type": type };
    await (await ask(`${base}/manifests/${reference}`, { method: "PUT", headers, body })).text();
  };
  const start = performance.now();
  const [index, indexType] = await read("1");
  const changed = await Promise.all(index.manifests.map(async (entry) => {
    const session = ask(`${base}/blobs/uploads/`, { method: "POST" });
    const [manifest, type] = await read(entry.digest);
    const config = await (await ask(`${base}/blobs/${manifest.config.digest}`)).json();
    const body = encode({ ...config, created: new Date().toISOString() });
    const digest = await digestOf(body);
    const location = new URL((await session).headers.get("location") ?? "", base);
    location.searchParams.set("digest", digest);
    await (await ask(location, { method: "PUT", body })).text();
    const bytes = encode({
      ...manifest,
      config: { ...manifest.config, digest, size: body.length },
    });
    const made = { ...entry, digest: await digestOf(bytes), size: bytes.length };
    await put(made.digest, bytes, type);
    return made;
  }));
  await put("requests-alone", encode({ ...index, manifests: changed }), indexType);
  return performance.now() - start;
}
