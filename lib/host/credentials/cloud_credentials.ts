/** Finds the credentials of clouds in the environment, each for that cloud's registries only. */

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
   * @default the firmware tells
   */
  readonly isInGoogleCloud?: (() => Promise<boolean>) | undefined;
}

/** Suffixes of the clouds' registries. The modules of the clouds check the whole name. */
const CLOUDS =
  /(?:^|\.)(?:gcr\.io|pkg\.dev|amazonaws\.(?:com|com\.cn|eu)|on\.aws|on\.amazonwebservices\.com\.cn|public\.ecr\.aws)$/;

/**
 * Finds credentials by AWS's variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`) and Google's application default
 * credentials. Nothing is read for other registries.
 *
 * @throws from the source if credentials exist but cannot be read or used.
 */
export function createCloudCredentials(options: CloudCredentialsOptions): CredentialSource {
  let source: Promise<CredentialSource> | undefined;
  return async (request) => {
    if (!CLOUDS.test(request.registry)) return undefined;
    source ??= openClouds(options);
    return await (await source)(request);
  };
}

/** Loads the modules of the clouds, at the first request for one of their registries. */
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

/** Finds application default credentials, in the order of Google's own libraries. */
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

/** Whether the firmware is Google's. Elsewhere a request to the metadata server would never be answered. */
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
