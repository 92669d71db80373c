/** Credentials that a cloud's own tools leave in the environment, each for that cloud's registries and no other. */

import type { Fetch } from "../../base/fetch.ts";
import type { CredentialSource } from "../../registry/auth/credential.ts";
import type { Environment } from "./auth_files.ts";
import { builtin } from "../builtin.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Options of {@linkcode createCloudCredentials}. */
export interface CloudCredentialsOptions {
  readonly env: Environment;
  readonly fetch: Fetch;
  /** The user's directory. */
  readonly home?: string | undefined;
  /**
   * Whether this machine is in Google's cloud, and so has a metadata server.
   *
   * @default what the firmware says
   */
  readonly isInGoogleCloud?: (() => Promise<boolean>) | undefined;
}

/** What registries' names end in, label by label: the clouds' own modules check the whole name. */
const CLOUDS =
  /(?:^|\.)(?:gcr\.io|pkg\.dev|amazonaws\.(?:com|com\.cn|eu)|on\.aws|on\.amazonwebservices\.com\.cn|public\.ecr\.aws)$/;

/**
 * Finds what AWS's variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`) give access to, and what Google's
 * application default credentials do. Nothing is read for any other registry.
 *
 * @throws from the source where credentials are there but cannot be read or used.
 */
export function createCloudCredentials(options: CloudCredentialsOptions): CredentialSource {
  let source: Promise<CredentialSource> | undefined;
  return async (request) => {
    if (!CLOUDS.test(request.registry)) return undefined;
    source ??= openClouds(options);
    return await (await source)(request);
  };
}

/** Loaded only when a cloud's registry is asked for. */
async function openClouds(options: CloudCredentialsOptions): Promise<CredentialSource> {
  const [{ awsCredentials }, { googleCredentials, isGoogleRegistry }] = await Promise.all([
    import("../../registry/cloud/aws.ts"),
    import("../../registry/cloud/google.ts"),
  ]);
  const { env, fetch } = options;
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = env["AWS_SESSION_TOKEN"] || undefined;
  const aws = accessKeyId && secretAccessKey
    ? awsCredentials({ accessKeyId, secretAccessKey, sessionToken, fetch })
    : undefined;
  let google: Promise<CredentialSource | undefined> | undefined;
  return async (request) => {
    if (!isGoogleRegistry(request.registry)) return await aws?.(request);
    google ??= findGoogle(options).then((found) =>
      found && googleCredentials({ ...found, fetch, readFile: readText })
    );
    return await (await google)?.(request);
  };
}

/** Application default credentials, in the order of Google's own libraries. */
async function findGoogle(
  { env, home, isInGoogleCloud = readFirmware }: CloudCredentialsOptions,
): Promise<{ accessToken?: string; credentials?: string; metadataHost?: string } | undefined> {
  const accessToken = env["GOOGLE_OAUTH_ACCESS_TOKEN"] || env["CLOUDSDK_AUTH_ACCESS_TOKEN"];
  if (accessToken) return { accessToken };
  const named = env["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named) return { credentials: await readText(named) };
  const stored = await readText(gcloudPath(env, home)).catch((error) => {
    if (errorCode(error.cause) === "ENOENT") return undefined;
    throw error;
  });
  if (stored !== undefined) return { credentials: stored };
  const metadataHost = env["GCE_METADATA_HOST"];
  if (metadataHost) return { metadataHost };
  return await isInGoogleCloud() ? {} : undefined;
}

function gcloudPath(env: Environment, home: string | undefined): string {
  const { join } = builtin("node:path");
  const directory = env["CLOUDSDK_CONFIG"] ||
    (env["APPDATA"]
      ? join(env["APPDATA"], "gcloud")
      : join(home ?? builtin("node:os").homedir(), ".config", "gcloud"));
  return join(directory, "application_default_credentials.json");
}

/** Asking the metadata server's address elsewhere would wait for an answer that never comes. */
async function readFirmware(): Promise<boolean> {
  const product = await readText("/sys/class/dmi/id/product_name").catch(() => "");
  return /^Google/.test(product);
}

async function readText(path: string): Promise<string> {
  try {
    return await builtin("node:fs").promises.readFile(path, "utf8");
  } catch (error) {
    throw new Error(`Cannot read credentials from "${path}": ${errorReason(error)}`, {
      cause: error,
    });
  }
}
