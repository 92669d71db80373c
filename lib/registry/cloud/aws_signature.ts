/** AWS Signature Version 4 of a POST with a small body to `/`, by Web Crypto. */

import type { Bytes } from "../../base/bytes.ts";
import { encodeHex } from "../../base/hex.ts";

/** An AWS access key. */
export interface AwsKey {
  /** `AKIA…`, or `ASIA…` for a temporary key. */
  readonly accessKeyId: string;
  /** The key that signs; it is never sent. */
  readonly secretAccessKey: string;
  /** Session token of a temporary key. */
  readonly sessionToken?: string | undefined;
}

/** The request that is signed. */
export interface AwsRequest {
  readonly host: string;
  readonly region: string;
  /** `ecr` */
  readonly service: string;
  /** Lower-case names; `host`, `x-amz-date` and `x-amz-security-token` are added. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly date: Date;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The headers of a signed request, without `host`, which `fetch` sets. */
export async function signAwsRequest(
  request: AwsRequest,
  key: AwsKey,
): Promise<Record<string, string>> {
  const { host, region, service, body } = request;
  const time = request.date.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const headers: Record<string, string> = { ...request.headers, host, "x-amz-date": time };
  if (key.sessionToken !== undefined) headers["x-amz-security-token"] = key.sessionToken;

  const names = Object.keys(headers).sort();
  const signedHeaders = names.join(";");
  const lines = names.map((name) => `${name}:${headers[name]?.trim().replace(/ +/g, " ")}\n`);
  const canonical = ["POST", "/", "", lines.join(""), signedHeaders, await sha256(body)].join("\n");

  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = [ALGORITHM, time, scope, await sha256(canonical)].join("\n");
  let signingKey = encode(`AWS4${key.secretAccessKey}`);
  for (const part of [day, region, service, "aws4_request"]) {
    signingKey = await hmac(signingKey, part);
  }
  const signature = encodeHex(await hmac(signingKey, toSign));

  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization:
      `${ALGORITHM} Credential=${key.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}

async function sha256(text: string): Promise<string> {
  return encodeHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encode(text))));
}

async function hmac(key: Bytes, text: string): Promise<Bytes> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, encode(text)));
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
