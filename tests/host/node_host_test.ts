import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { encodeBase64 } from "../../lib/base/base64.ts";
import { builtin, hasBuiltins } from "../../lib/host/builtin.ts";
import { createNodeHost } from "../../lib/host/node_host.ts";
import type { Host } from "../../lib/image/access/runtime_host.ts";
import { withDirectory } from "./temporary.ts";

const GCR = { registry: "gcr.io", repository: "acme/app" };

/** What a host finds for Google's registry with some of the places where it may be. */
async function find(places: readonly ("token" | "file" | "cloud")[]): Promise<unknown> {
  return await withDirectory(async (home) => {
    const env: Record<string, string> = { DOCKER_CONFIG: home };
    if (places.includes("token")) env["REFRESH_TOKEN"] = "t";
    if (places.includes("cloud")) env["GOOGLE_OAUTH_ACCESS_TOKEN"] = "c";
    if (places.includes("file")) {
      const auths = { "gcr.io": { auth: encodeBase64("f:p") } };
      await writeFile(join(home, "config.json"), JSON.stringify({ auths }));
    }
    return await createNodeHost({ env, home }).credentials?.({ ...GCR, isTarget: true });
  });
}

test("createNodeHost() finds credentials in the order of the user's explicitness", async () => {
  const cloud = { username: "oauth2accesstoken", password: "c" };
  assert.deepEqual(await find(["token", "file", "cloud"]), { identityToken: "t" });
  assert.deepEqual(await find(["file", "cloud"]), { username: "f", password: "p" });
  assert.deepEqual(await find(["cloud"]), cloud);
});

test("createNodeHost() offers every native part, and opens nothing before it is used", () => {
  const host = createNodeHost({ env: {}, home: "/no/such/home" });
  const parts: (keyof Host)[] = [
    "fetch",
    "createHasher",
    "codec",
    "createSpool",
    "openDirectory",
    "credentials",
  ];
  for (const part of parts) assert.ok(host[part] !== undefined, part);
});

test("createNodeHost() refuses what is no certificate when it is used", async () => {
  const tls = { ca: ["-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"] };
  const use = async (): Promise<Response | undefined> =>
    await createNodeHost({ env: {}, tls }).fetch?.("https://127.0.0.1:1/", {});
  await assert.rejects(use(), Error);
});

test("builtin() gives the runtime's modules, and says so where there are none", () => {
  assert.ok(hasBuiltins());
  assert.equal(builtin("node:path").posix.join("a", "b"), "a/b");
  assert.throws(() => builtin("node:nonsense" as "node:fs"), {
    name: "TypeError",
    message: /^Cannot load "node:nonsense": this runtime has no builtin modules/,
  });
});
