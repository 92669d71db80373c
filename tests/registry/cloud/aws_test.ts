import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthError } from "../../../lib/registry/auth/auth_error.ts";
import { awsCredentials, ecrEndpoint } from "../../../lib/registry/cloud/aws.ts";
import { signAwsRequest } from "../../../lib/registry/cloud/aws_signature.ts";

/** AWS's documented example key. */
const KEY = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const NOW = Date.UTC(2026, 10, 21, 12);
const PRIVATE = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

test("signAwsRequest() makes the known signature", async () => {
  const headers = await signAwsRequest({
    host: "api.ecr.us-east-1.amazonaws.com",
    region: "us-east-1",
    service: "ecr",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
    },
    body: "{}",
    date: new Date(NOW),
  }, KEY);
  assert.equal(
    headers["authorization"],
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/ecr/aws4_request, " +
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, " +
      "Signature=c35984be40e3836b2ecc3aa6e229cd4b0ac9c8609796cbc40957ee712eeb008b",
  );
  assert.equal(headers["x-amz-date"], "20261121T120000Z");
  assert.equal(headers["host"], undefined, "fetch sets it");
});

const ENDPOINTS: [registry: string, host: string | undefined][] = [
  [PRIVATE, "api.ecr.us-east-1.amazonaws.com"],
  ["123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "ecr-fips.us-gov-west-1.amazonaws.com"],
  ["123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "api.ecr.cn-north-1.amazonaws.com.cn"],
  ["123456789012.dkr-ecr.eu-west-1.on.aws", "ecr.eu-west-1.api.aws"],
  ["123456789012.dkr-ecr-fips.us-east-1.on.aws", "ecr-fips.us-east-1.api.aws"],
  ["123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "api.ecr.eusc-de-east-1.amazonaws.eu"],
  [
    "123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
    "ecr.cn-north-1.api.amazonwebservices.com.cn",
  ],
  ["public.ecr.aws", "api.ecr-public.us-east-1.amazonaws.com"],
  [`${PRIVATE}.evil.com`, undefined],
  [`evil-${PRIVATE}`, undefined],
  ["123456789012.dkr.ecr.us-east-1.amazonaws.com:5000", undefined],
  ["123456789012.dkr.ecr.a.b.amazonaws.com", undefined],
  ["12345678901.dkr.ecr.us-east-1.amazonaws.com", undefined],
  ["x.public.ecr.aws", undefined],
  ["ghcr.io", undefined],
];

for (const [registry, host] of ENDPOINTS) {
  test(`ecrEndpoint() of ${registry} is ${host ?? "none"}`, () => {
    assert.equal(ecrEndpoint(registry)?.host, host);
  });
}

/** ECR's answer, or that of the public registry. */
function answering(data: unknown): { fetch: typeof fetchNothing; calls: [string, RequestInit][] } {
  const calls: [string, RequestInit][] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    calls.push([url, init]);
    return Promise.resolve(Response.json({ authorizationData: data }));
  };
  return { fetch, calls };
}

function fetchNothing(_url: string, _init: RequestInit): Promise<Response> {
  return Promise.reject(new TypeError("nothing is to be fetched"));
}

test("awsCredentials() gets the password of a private registry once", async () => {
  const token = btoa("AWS:a:password");
  const { fetch, calls } = answering([{
    authorizationToken: token,
    expiresAt: NOW / 1000 + 43_200,
  }]);
  let now = NOW;
  const credentials = awsCredentials({ ...KEY, sessionToken: "session", fetch, now: () => now });
  const request = { registry: PRIVATE, repository: "a/b" };
  assert.deepEqual(await credentials(request), { username: "AWS", password: "a:password" });
  assert.deepEqual(await credentials(request), { username: "AWS", password: "a:password" });
  assert.equal(calls.length, 1);
  const [url, init] = calls[0] ?? ["", {}];
  assert.equal(url, "https://api.ecr.us-east-1.amazonaws.com/");
  const headers = new Headers(init.headers);
  assert.equal(headers.get("x-amz-security-token"), "session");
  assert.match(headers.get("authorization") ?? "", /x-amz-date;x-amz-security-token;x-amz-target/);
  now += 12 * 3_600_000;
  await credentials(request);
  assert.equal(calls.length, 2, "an old password is asked for anew");
});

test("awsCredentials() reads the public registry's answer", async () => {
  const { fetch, calls } = answering({
    authorizationToken: btoa("AWS:p"),
    expiresAt: "2026-11-22T00:00:00Z",
  });
  const credentials = awsCredentials({ ...KEY, fetch, now: () => NOW });
  const request = { registry: "public.ecr.aws", repository: "a/b" };
  assert.deepEqual(await credentials(request), { username: "AWS", password: "p" });
  await credentials(request);
  assert.equal(calls.length, 1);
});

test("awsCredentials() asks nobody for a registry that is not Amazon's", async () => {
  const credentials = awsCredentials({ ...KEY, fetch: fetchNothing });
  assert.equal(
    await credentials({ registry: `${PRIVATE}.evil.com`, repository: "a/b" }),
    undefined,
  );
});

test("awsCredentials() tells what AWS says, and no secret", async () => {
  const body = { __type: "UnrecognizedClientException", message: "The security token is invalid" };
  const fetch = (): Promise<Response> => Promise.resolve(Response.json(body, { status: 400 }));
  const credentials = awsCredentials({ ...KEY, fetch });
  await assert.rejects(credentials({ registry: PRIVATE, repository: "a/b" }), (error) => {
    assert.ok(error instanceof AuthError);
    assert.match(error.message, /answered 400, .*The security token is invalid/);
    assert.ok(!error.message.includes(KEY.secretAccessKey));
    return true;
  });
});

for (const answer of [[], {}, null, [{}], { authorizationToken: btoa("no colon") }]) {
  test(`awsCredentials() does not take ${JSON.stringify(answer)} for a password`, async () => {
    const credentials = awsCredentials({ ...KEY, fetch: answering(answer).fetch });
    await assert.rejects(credentials({ registry: PRIVATE, repository: "a" }), {
      name: "AuthError",
    });
  });
}
