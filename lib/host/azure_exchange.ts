/** Azure's registries take a token of Azure's directory in exchange for one of their own. */

import { collectBytes } from "../base/collect.ts";
import type { Fetch } from "../base/fetch.ts";
import { fromReadable } from "../base/readable.ts";

/** Bytes of a token service's answer. */
const LARGEST_ANSWER = 128 * 1024;

/** Options of {@linkcode exchangeAzureToken}. */
export interface AzureExchangeOptions {
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Turns an access token into a refresh token of one registry.
 *
 * @throws {Error} if the registry does not take it.
 */
export async function exchangeAzureToken(
  registry: string,
  accessToken: string,
  { fetch, signal }: AzureExchangeOptions,
): Promise<string> {
  const response = await fetch(`https://${registry}/oauth2/exchange`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "access_token",
      service: registry,
      access_token: accessToken,
    }).toString(),
    redirect: "manual",
    ...(signal === undefined ? {} : { signal }),
  });
  const refuse = (found: string): Error =>
    new Error(`Cannot exchange ACCESS_TOKEN at "${registry}": ${found}`);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw refuse(`registry answered ${response.status}`);
  }
  const bytes = response.body === null
    ? new Uint8Array()
    : await collectBytes(fromReadable(response.body), {
      limit: LARGEST_ANSWER,
      what: "the answer",
    });
  let token: unknown;
  try {
    token = JSON.parse(new TextDecoder().decode(bytes))?.refresh_token;
  } catch {
    // Without a cause: it would quote the answer.
    throw refuse("the answer is not JSON");
  }
  if (typeof token !== "string" || token === "") throw refuse("the answer has no refresh_token");
  return token;
}
