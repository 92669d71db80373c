/** Plain requests to a registry under test, by code that shares nothing with the product. */

import { readFile } from "node:fs/promises";
import { type RunningRegistry, USER } from "./docker_registry.ts";

/** Sends a request below `/v2/` as the user who may do everything; a status of 400 or more throws. */
export type RegistryRequest = (path: string, init?: RequestInit) => Promise<Response>;

const BASIC = `Basic ${btoa(`${USER.username}:${USER.password}`)}`;

/** Opens a registry for requests. */
export async function openRegistry(
  registry: Pick<RunningRegistry, "url" | "ca" | "tokens">,
): Promise<RegistryRequest> {
  const client = Deno.createHttpClient({
    caCerts: registry.ca === undefined ? [] : [await readFile(registry.ca, "utf8")],
  });
  const authorize = async (repository: string): Promise<string> => {
    if (registry.tokens === undefined) return BASIC;
    const scope = encodeURIComponent(`repository:${repository}:pull,push`);
    const { realm, service } = registry.tokens;
    const response = await fetch(`${realm}?service=${service}&scope=${scope}`, {
      headers: { authorization: BASIC },
    });
    return `Bearer ${(await response.json()).token}`;
  };
  return async (path, init = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    const url = new URL(path, `${registry.url}/v2/`);
    const repository = /^\/v2\/(.*)\/(?:manifests|blobs|tags)\//.exec(url.pathname)?.[1] ?? "";
    headers.set("authorization", await authorize(repository));
    const response = await fetch(url, { ...init, headers, client } as RequestInit);
    if (response.ok) return response;
    throw new Error(`${init.method ?? "GET"} ${url}: ${response.status} ${await response.text()}`);
  };
}
