/** Credentials for Amazon's registries (ECR and ECR Public) from an access key, by web standards only. */

import { decodeBase64 } from "../../base/base64.ts";
import { AuthError } from "../auth/auth_error.ts";
import type { Credential, CredentialSource } from "../auth/credential.ts";
import { type AwsKey, signAwsRequest } from "./aws_signature.ts";
import { type CloudOptions, requestCloud } from "./cloud_request.ts";

/** Options of {@linkcode awsCredentials}. */
export interface AwsOptions extends AwsKey, CloudOptions {}

/** The endpoint that gives the password of a registry. */
export interface EcrEndpoint {
  readonly host: string;
  readonly region: string;
  readonly service: "ecr" | "ecr-public";
  /** `x-amz-target` */
  readonly target: string;
}

const PRIVATE_HOST =
  /^\d{12}\.dkr[.-]ecr(-fips)?\.([a-z0-9][\w-]*)\.(amazonaws\.com(?:\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn)$/i;

const PRIVATE_TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken";

/** The public registry has one endpoint for all regions. */
const PUBLIC_ENDPOINT: EcrEndpoint = {
  host: "api.ecr-public.us-east-1.amazonaws.com",
  region: "us-east-1",
  service: "ecr-public",
  target: "SpencerFrontendService.GetAuthorizationToken",
};

/** The endpoint that gives a registry's password; undefined if the registry is none of Amazon's. */
export function ecrEndpoint(registry: string): EcrEndpoint | undefined {
  if (registry === "public.ecr.aws") return PUBLIC_ENDPOINT;
  const match = PRIVATE_HOST.exec(registry);
  if (match === null) return undefined;
  const [, fips, region = "", suffix = ""] = match;
  const common = { region, service: "ecr", target: PRIVATE_TARGET } as const;
  const name = fips === undefined ? "ecr" : "ecr-fips";
  // Registries of these suffixes have IPv6 too, and so do their endpoints.
  if (suffix === "on.aws") return { ...common, host: `${name}.${region}.api.aws` };
  if (suffix.startsWith("on.")) {
    return { ...common, host: `${name}.${region}.api.amazonwebservices.com.cn` };
  }
  return { ...common, host: `${fips === undefined ? "api.ecr" : name}.${region}.${suffix}` };
}

/**
 * Credentials for Amazon's registries, and none for any other. A password is kept until shortly before it expires, which is after 12 hours.
 *
 * @example
 * ```ts
 * import { awsCredentials } from "@x/appendlayer/credentials";
 *
 * const credentials = awsCredentials({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "…" });
 * ```
 */
export function awsCredentials(options: AwsOptions): CredentialSource {
  const known = new Map<string, { readonly credential: Credential; readonly expires: number }>();
  const now = options.now ?? Date.now;
  return async ({ registry, signal }) => {
    const endpoint = ecrEndpoint(registry);
    if (endpoint === undefined) return undefined;
    const old = known.get(registry);
    if (old !== undefined && now() < old.expires) return old.credential;
    const action = `Cannot get credentials for "${registry}" from AWS`;
    const { host, region, service, target } = endpoint;
    const body = "{}";
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const date = new Date(now());
    const signed = await signAwsRequest({ host, region, service, headers, body, date }, options);
    const url = new URL(`https://${host}/`);
    const answer = await requestCloud(options, { action, url, headers: signed, body, signal });
    const fresh = readAnswer(answer, action);
    known.set(registry, fresh);
    return fresh.credential;
  };
}

/** Minutes before a password expires at which it is renewed. */
const EARLY_MINUTES = 5;

function readAnswer(
  { authorizationData }: Readonly<Record<string, unknown>>,
  action: string,
): { readonly credential: Credential; readonly expires: number } {
  // A list for private registries, an object for the public one.
  const entry: unknown = Array.isArray(authorizationData)
    ? authorizationData[0]
    : authorizationData;
  const { authorizationToken, expiresAt } = (entry ?? {}) as Record<string, unknown>;
  if (typeof authorizationToken !== "string") {
    throw new AuthError(`${action}: the answer has no authorizationToken`);
  }
  const text = new TextDecoder().decode(decodeBase64(authorizationToken));
  const colon = text.indexOf(":");
  if (colon < 1) throw new AuthError(`${action}: the authorizationToken is no user and password`);
  const credential = { username: text.slice(0, colon), password: text.slice(colon + 1) };
  // Seconds since 1970, or a date as text.
  const told = typeof expiresAt === "number" ? expiresAt * 1_000 : Date.parse(String(expiresAt));
  return { credential, expires: (Number.isNaN(told) ? 0 : told) - EARLY_MINUTES * 60_000 };
}
