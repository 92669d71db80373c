import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeBase64 } from "../../../lib/base/base64.ts";
import {
  type CloudCredentialsOptions,
  createCloudCredentials,
} from "../../../lib/host/credentials/cloud_credentials.ts";
import { withDirectory } from "../temporary.ts";

const ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const AWS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
const USER = JSON.stringify({
  type: "authorized_user",
  client_id: "c",
  client_secret: "s",
  refresh_token: "r",
});

/** What was asked where, and the credential. */
async function find(
  registry: string,
  env: Record<string, string>,
  options: Partial<CloudCredentialsOptions> = {},
): Promise<{ urls: string[]; credential: unknown }> {
  const urls: string[] = [];
  const fetch = (url: string): Promise<Response> => {
    urls.push(url);
    if (url.includes("ecr")) {
      const authorizationData = [{ authorizationToken: encodeBase64("AWS:pass"), expiresAt: 4e9 }];
      return Promise.resolve(Response.json({ authorizationData }));
    }
    const headers = { "metadata-flavor": "Google" };
    return Promise.resolve(Response.json({ access_token: "token", expires_in: 3600 }, { headers }));
  };
  const isInGoogleCloud = (): Promise<boolean> => Promise.resolve(false);
  const source = createCloudCredentials({
    env,
    fetch,
    home: "/no/home",
    isInGoogleCloud,
    ...options,
  });
  return { urls, credential: await source({ registry, repository: "acme/app" }) };
}

test("createCloudCredentials() signs in to ECR with AWS's variables", async () => {
  const { urls, credential } = await find(ECR, AWS);
  assert.deepEqual(credential, { username: "AWS", password: "pass" });
  assert.deepEqual(urls, ["https://api.ecr.eu-central-1.amazonaws.com/"]);
});

test("createCloudCredentials() has nothing for ECR without both variables", async () => {
  for (const env of [{}, { AWS_ACCESS_KEY_ID: "x" }, { ...AWS, AWS_SECRET_ACCESS_KEY: "" }]) {
    assert.deepEqual(await find(ECR, env), { urls: [], credential: undefined });
  }
});

const GOOGLE = { username: "oauth2accesstoken", password: "token" };

test("createCloudCredentials() takes Google's credentials from the file that is named", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "key.json");
    await writeFile(path, USER);
    const env = { GOOGLE_APPLICATION_CREDENTIALS: path };
    const { urls, credential } = await find("europe-docker.pkg.dev", env);
    assert.deepEqual(credential, GOOGLE);
    assert.deepEqual(urls, ["https://oauth2.googleapis.com/token"]);
  });
});

test("createCloudCredentials() takes what gcloud keeps", async () => {
  await withDirectory(async (home) => {
    await mkdir(join(home, ".config", "gcloud"), { recursive: true });
    const name = "application_default_credentials.json";
    await writeFile(join(home, ".config", "gcloud", name), USER);
    assert.deepEqual((await find("gcr.io", {}, { home })).credential, GOOGLE);
    const env = { CLOUDSDK_CONFIG: join(home, ".config", "gcloud") };
    assert.deepEqual((await find("gcr.io", env)).credential, GOOGLE);
  });
});

test("createCloudCredentials() asks the metadata server only where there is one", async () => {
  const isInGoogleCloud = (): Promise<boolean> => Promise.resolve(true);
  const { urls, credential } = await find("gcr.io", {}, { isInGoogleCloud });
  assert.deepEqual(credential, GOOGLE);
  assert.match(urls[0] ?? "", /^http:\/\/169\.254\.169\.254\//);
  assert.deepEqual(await find("gcr.io", {}), { urls: [], credential: undefined });
  const named = await find("gcr.io", { GCE_METADATA_HOST: "metadata.test" });
  assert.match(named.urls[0] ?? "", /^http:\/\/metadata\.test\//);
});

test("createCloudCredentials() takes an access token as it is", async () => {
  const { urls, credential } = await find("gcr.io", { GOOGLE_OAUTH_ACCESS_TOKEN: "mine" });
  assert.deepEqual(credential, { username: "oauth2accesstoken", password: "mine" });
  assert.deepEqual(urls, []);
});

test("createCloudCredentials() throws where the file that is named is missing", async () => {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: "/no/such.json" };
  await assert.rejects(find("gcr.io", env), {
    message: 'Cannot read credentials from "/no/such.json": there is no such file',
  });
});

for (
  const registry of [
    "ghcr.io",
    "gcr.io.evil.com",
    "evilgcr.io",
    "evilpkg.dev",
    `${ECR}.evil.com`,
    "evil.amazonaws.com",
    "docker.io",
  ]
) {
  test(`createCloudCredentials() gives nothing to ${registry}`, async () => {
    const env = { ...AWS, GOOGLE_OAUTH_ACCESS_TOKEN: "mine" };
    assert.deepEqual(await find(registry, env), { urls: [], credential: undefined });
  });
}
