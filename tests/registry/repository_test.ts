/** The oddities of registries, one by one. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Repository } from "../../lib/storage/repository.ts";
import { Registries } from "../../lib/registry/registries.ts";
import { randomBytes } from "./blob_sources.ts";
import { createClient } from "./client.ts";
import { createRecorder, redirectTo, type Server } from "./recorder.ts";

const BYTES = randomBytes(500);
const DIGEST = `sha256:${createHash("sha256").update(BYTES).digest("hex")}` as const;
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

function answering(server: Server, more: Record<string, Server> = {}): Repository {
  const { fetch } = createRecorder({ "https://registry.test": server, ...more });
  return new Registries({ fetch, retries: 0 }).open("registry.test", "acme/app", "push");
}

const status = (code: number): Response => new Response(null, { status: code });

for (
  const [code, isThere] of [[200, true], [404, false], [401, false], [403, false], [
    405,
    false,
  ]] as const
) {
  test(`hasBlob() is ${isThere} where HEAD is answered ${code}`, async () => {
    assert.equal(await answering(() => status(code)).hasBlob(DIGEST), isThere);
  });
}

test("hasBlob() fails where the answer says nothing", async () => {
  await assert.rejects(answering(() => status(500)).hasBlob(DIGEST), /registry answered 500/);
});

for (
  const [code, isThere] of [[206, true], [200, true], [416, true], [404, false], [
    403,
    false,
  ]] as const
) {
  test(`hasBlob() is ${isThere} where a storage refuses HEAD and answers ${code} to the first byte`, async () => {
    const ranges: (string | null)[] = [];
    const repository = answering(() => redirectTo("https://storage.test/x?signature=y"), {
      "https://storage.test": ({ method, headers }) => {
        if (method === "HEAD") return status(403);
        ranges.push(headers.get("range"));
        return status(code);
      },
    });
    assert.equal(await repository.hasBlob(DIGEST), isThere);
    assert.deepEqual(ranges, ["bytes=0-0"]);
  });
}

test("a blob behind a storage that refuses HEAD is not sent again", async () => {
  const { registry, repository } = createClient({ profile: "storage redirect" });
  const digest = await registry.store.seedBlob("acme/app", BYTES);
  assert.equal(await repository.hasBlob(digest), true);
});

test("headManifest() asks by GET where HEAD is not allowed or tells no digest", async () => {
  const methods: string[] = [];
  const headers = { "content-type": MANIFEST_TYPE };
  for (const code of [405, 200]) {
    const repository = answering(({ method }) => {
      methods.push(method);
      return method === "HEAD" ? status(code) : new Response(BYTES, { headers });
    });
    assert.equal(await repository.headManifest("1"), DIGEST);
  }
  assert.deepEqual(methods, ["HEAD", "GET", "HEAD", "GET"]);
  const gone = answering(({ method }) => status(method === "HEAD" ? 405 : 404));
  assert.equal(await gone.headManifest("1"), undefined);
  const broken = answering(({ method }) => status(method === "HEAD" ? 405 : 500));
  await assert.rejects(broken.headManifest("1"), /registry answered 500/);
});

const TYPES: [header: string | undefined, body: string, mediaType: string][] = [
  [`${MANIFEST_TYPE}; charset=utf-8`, "{}", MANIFEST_TYPE],
  ["application/json", `{"mediaType":"${MANIFEST_TYPE}"}`, MANIFEST_TYPE],
  ["text/plain;charset=UTF-8", `{"mediaType":"${MANIFEST_TYPE}"}`, MANIFEST_TYPE],
  ["application/json", "{}", "application/json"],
  ["application/octet-stream", "nonsense", "application/octet-stream"],
  ["application/vnd.other", `{"mediaType":"${MANIFEST_TYPE}"}`, "application/vnd.other"],
];
for (const [header, body, mediaType] of TYPES) {
  test(`getManifest() reads the type of ${body} that is called ${header} as ${mediaType}`, async () => {
    const headers = header === undefined ? {} : { "content-type": header };
    const repository = answering(() => new Response(body, { headers }));
    assert.equal((await repository.getManifest("1")).mediaType, mediaType);
  });
}

test("getManifest() verifies a sha512 digest as well", async () => {
  const digest = `sha512:${createHash("sha512").update(BYTES).digest("hex")}`;
  const repository = answering(() => new Response(BYTES));
  assert.equal((await repository.getManifest(digest)).digest, digest);
  await assert.rejects(repository.getManifest(`sha512:${"0".repeat(128)}`), {
    name: "DigestMismatchError",
  });
});

test("putManifest() is content with a tag that cannot be moved and is where it should be", async () => {
  for (const refusal of [409, 400]) {
    const repository = answering(({ method }) => {
      const headers = { "docker-content-digest": DIGEST };
      if (method === "HEAD") return new Response(null, { headers });
      return Response.json({ errors: [{ code: "TAG_INVALID" }] }, { status: refusal });
    });
    const document = { bytes: BYTES, mediaType: MANIFEST_TYPE, digest: DIGEST };
    await repository.putManifest("1", document);
    const other = { ...document, digest: `sha256:${"0".repeat(64)}` as const };
    await assert.rejects(repository.putManifest("1", other), /TAG_INVALID/);
  }
});

test("putManifest() sends the same bytes again after a lost answer", async () => {
  const { registry, repository } = createClient({
    profile: { immutableTags: true },
    faults: [{ method: "PUT", action: { kind: "lost" } }],
  });
  const bytes = new TextEncoder().encode(`{"mediaType":"${MANIFEST_TYPE}"}`);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as const;
  await repository.putManifest("1", { bytes, mediaType: MANIFEST_TYPE, digest });
  assert.equal(registry.store.repository("acme/app").tags.get("1"), digest);
});

test("mountBlob() is false whatever the reason", async () => {
  for (const code of [400, 401, 403, 404, 405, 500]) {
    const { fetch } = createRecorder({ "https://registry.test": () => status(code) });
    const registries = new Registries({ fetch, retries: 0 });
    const base = registries.open("registry.test", "vendor/base", "pull");
    const target = registries.open("registry.test", "acme/app", "push");
    assert.equal(await target.mountBlob({ digest: DIGEST, size: 1 }, base), false);
  }
});

test("mountBlob() is ended by its signal", async () => {
  const registries = new Registries({ fetch: () => new Promise(() => {}) });
  const base = registries.open("registry.test", "vendor/base", "pull");
  const target = registries.open("registry.test", "acme/app", "push");
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(target.mountBlob({ digest: DIGEST, size: 1 }, base, { signal }), /enough/);
});

const TAGS: [body: string, tags: string[] | undefined][] = [
  ['{"name":"acme/app","tags":["a","b"]}', ["a", "b"]],
  ['{"tags":null}', []],
  ["{}", []],
  ['{"tags":["a",7]}', ["a"]],
  ['{"tags":"a"}', undefined],
  ["<html>", undefined],
];
for (const [body, expected] of TAGS) {
  test(`tags() of ${body} are ${expected}`, async () => {
    const read = collect(answering(() => new Response(body)).tags());
    if (expected === undefined) await assert.rejects(read, /something else than a list of tags$/);
    else assert.deepEqual(await read, expected);
  });
}

test("tags() does not go out of the registry", async () => {
  for (const link of ["<https://[>; rel=next", "</login>; rel=next"]) {
    const repository = answering(() => Response.json({ tags: ["a"] }, { headers: { link } }));
    await assert.rejects(collect(repository.tags()), /answered with a part of a list of tags: /);
  }
});

/** A list of two pages, the first of which names the second one by a header. */
function twoPages(link: string): Repository {
  return answering(({ url }) =>
    url.searchParams.has("last")
      ? Response.json({ tags: ["c"] })
      : Response.json({ tags: ["a", "b"] }, { headers: { link } })
  );
}

const LIST = "/v2/acme/app/tags/list";
for (
  const link of [
    `<https://registry.test${LIST}?n=2&last=b>; rel="next"`,
    `<${LIST}?n=2&last=b>; rel="next"`,
    `<${LIST}?n=2&last=b>; rel=next`,
    `https://registry.test${LIST}?n=2&last=b; rel=next`,
    `${LIST}?n=2&last=b; rel="next"`,
    `${LIST}?n=2&last=b`,
    `</reg${LIST}?n=2&last=b>; rel="next"`,
    `<?n=2&last=b>; rel="next"`,
    `<list?n=2&last=b>; rel="next"`,
    `<http://registry.internal:5000${LIST}?n=2&last=b>; rel="next"`,
    `<${LIST}?n=2&last=b>`,
    `<${LIST}?n=2&last=b>; REL="Next"`,
    `<${LIST}?n=2&last=a,b>; title="a, b"; rel="last next"`,
  ]
) {
  test(`tags() follows ${link}`, async () => {
    assert.deepEqual(await collect(twoPages(link).tags()), ["a", "b", "c"]);
  });
}

for (const link of ['<no/end; rel="next"', `<${LIST}?last=${"b".repeat(5_000)}>; rel="next"`]) {
  test(`tags() is no list that ends early where Link is ${link.slice(0, 40)}`, async () => {
    await assert.rejects(collect(twoPages(link).tags()), /a part of a list of tags: its Link /);
  });
}

/** A registry with as many pages as are asked for, each with these tags and a link to the page after it. */
function endlessPages(tags: readonly string[], after: (page: number) => number): {
  readonly repository: Repository;
  readonly count: () => number;
} {
  let count = 0;
  const repository = answering(({ url }) => {
    count++;
    // What would go on for ever fails in another way.
    if (count > 20_000) return status(500);
    const next = after(Number(url.searchParams.get("last") ?? 0));
    const link = `</v2/acme/app/tags/list?last=${next}>; rel="next"`;
    return Response.json({ tags }, { headers: { link } });
  });
  return { repository, count: () => count };
}

for (
  const [what, after, expected] of [
    ["a circle", (page: number) => (page + 1) % 3, 3],
    ["a page that names itself", () => 0, 2],
  ] as const
) {
  test(`tags() reads no page of ${what} twice`, async () => {
    const { repository, count } = endlessPages(["a"], after);
    await collect(repository.tags());
    assert.ok(count() <= expected + 1, `${count()} pages`);
  });
}

for (const tags of [[], ["a"]]) {
  test(`tags() follows no endless list of pages with ${tags.length} tags`, async () => {
    const { repository, count } = endlessPages(tags, (page) => page + 1);
    await assert.rejects(collect(repository.tags()), {
      name: "RegistryError",
      message: /the list has more than 10000 pages$/,
    });
    assert.equal(count(), 10_000);
  });
}

test("GitHub's registry is understood where it does not let a token write", async () => {
  const { fetch } = createRecorder({
    "https://ghcr.io": ({ headers }) =>
      headers.has("authorization")
        ? Response.json({
          errors: [{ code: "DENIED", message: "permission_denied: write_package" }],
        }, { status: 403 })
        : new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } }),
  });
  const credentials = () => Promise.resolve({ username: "u", password: "p" });
  const repository = new Registries({ fetch, credentials }).open("ghcr.io", "acme/app", "push");
  await assert.rejects(
    repository.headManifest("1"),
    /DENIED.*needs the permission "packages: write"/,
  );
});

test("isSame() compares the registry and the repository", () => {
  const registries = new Registries();
  const one = registries.open("docker.io", "acme/app", "pull");
  assert.ok(one.isSame(registries.open("index.docker.io", "acme/app", "push")));
  assert.ok(!one.isSame(registries.open("docker.io", "acme/other", "pull")));
  assert.ok(!one.isSame(registries.open("ghcr.io", "acme/app", "pull")));
});

async function collect(tags: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}
