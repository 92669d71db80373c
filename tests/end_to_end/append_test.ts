import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { appendlayer, type CliOptions, onEachRuntime } from "./appendlayer.ts";
import { type Family, putBase, putIndex, tarOfFiles } from "./base_image.ts";
import {
  type Guard,
  REGISTRY_NEEDS,
  type RunningRegistry,
  USER,
  withRegistry,
} from "./docker_registry.ts";
import { type CheckedIndex, checkImage, listLayer } from "./image_checker.ts";
import { digestOf, registryStore } from "./image_store.ts";
import { exec, hasProgram, succeed, testWith } from "./program.ts";
import { openRegistry, type RegistryRequest } from "./registry_http.ts";

/** What reaching a registry takes beyond its name. */
function access(
  registry: RunningRegistry,
): { readonly args: string[]; readonly env: CliOptions["env"] } {
  return {
    args: registry.ca === undefined ? [] : ["--ca", registry.ca],
    env: { DOCKER_CONFIG: registry.dockerConfig },
  };
}

/** Reads an image by skopeo, whose opinion is not ours. */
async function inspect(
  registry: RunningRegistry,
  image: string,
): Promise<{ Digest: string; Layers: string[] }> {
  const tls = registry.ca === undefined
    ? ["--tls-verify=false"]
    : ["--cert-dir", registry.certificates];
  const credentials = ["--creds", `${USER.username}:${USER.password}`];
  return JSON.parse(
    await succeed([
      "skopeo",
      "inspect",
      ...tls,
      ...credentials,
      `docker://${registry.host}/${image}`,
    ]),
  );
}

/** Docker's family names the base in labels, and this base has no others. */
function withoutBasePair(config: Record<string, unknown>): Record<string, unknown> {
  const { Labels: labels = {}, ...rest } = config;
  const others = Object.entries(labels as Record<string, string>).filter(([name]) =>
    !name.startsWith("org.opencontainers.image.base.")
  );
  return others.length === 0 ? rest : { ...rest, Labels: Object.fromEntries(others) };
}

/** Checks that one command appended one tar to a base, whatever the way. */
async function expectAppended(
  request: RegistryRequest,
  [from, to]: readonly [repository: string, to: string],
  [oldTag, reference]: readonly [tag: string, reference: string],
  tar: Uint8Array,
): Promise<CheckedIndex> {
  const before = await checkImage(registryStore(request, from), oldTag);
  const after = await checkImage(registryStore(request, to), reference);
  assert.equal(after.mediaType, before.mediaType);
  assert.equal(after.images.length, before.images.length);
  for (const [index, image] of after.images.entries()) {
    const base = before.images[index];
    assert.ok(base);
    assert.deepEqual(image.manifest.layers.slice(0, -1), base.manifest.layers);
    assert.equal(digestOf(image.layers.at(-1) ?? tar.subarray(0, 0)), digestOf(tar));
    assert.equal(image.config.history.length, base.config.history.length + 1);
    assert.equal(image.config["moby.buildkit.buildinfo.v1"], "a field that nobody knows");
    assert.deepEqual(withoutBasePair(image.config.config), base.config.config);
    assert.ok(Date.parse(image.config.created) > Date.parse(base.config.created));
  }
  return after;
}

for (const guard of Object.keys(REGISTRY_NEEDS) as Guard[]) {
  testWith(
    REGISTRY_NEEDS[guard],
    `the three forms append to both families: ${guard}`,
    () =>
      withRegistry(guard, async (registry) => {
        const request = await openRegistry(registry);
        const { args, env } = access(registry);
        const { host } = registry;
        for (const family of ["oci", "docker"] as Family[]) {
          await putBase(registryStore(request, "acme/app"), family, family);
          const forms: [to: string, tag: string, ...args: string[]][] = [
            ["acme/app", `${family}-1`, host, "acme/app", family, `${family}-1`],
            ["acme/other", `${family}-2`, host, `acme/app:${family}`, `acme/other:${family}-2`],
            [
              "acme/app",
              `${family}-3`,
              `${host}/acme/app:${family}`,
              `${host}/acme/app:${family}-3`,
            ],
          ];
          for (const [to, tag, ...form] of forms) {
            const tar = await tarOfFiles({ "hello.txt": `hello from ${tag}\n` });
            const { code, stdout, stderr } = await appendlayer([...form, ...args], {
              env,
              input: tar,
            });
            assert.equal(code, 0, stderr);
            const { digest } = await expectAppended(request, ["acme/app", to], [family, tag], tar);
            assert.equal(stdout, `${host}/${to}:${tag}@${digest}\n`);
            if (!hasProgram("skopeo")) continue;
            const seen = await inspect(registry, `${to}:${tag}`);
            assert.equal(seen.Digest, digest);
            assert.equal(seen.Layers.length, 3);
          }
        }
      }),
  );
}

testWith(
  REGISTRY_NEEDS.open,
  "every image of an index gets the layer, and attestations stay honest",
  () =>
    withRegistry("open", async (registry) => {
      const request = await openRegistry(registry);
      const store = registryStore(request, "acme/app");
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      for (const family of ["oci", "docker"] as Family[]) {
        await putIndex(store, family, family, ["amd64", "arm64", "riscv64"]);
        const image = `${registry.host}/acme/app`;
        const { code, stderr } = await appendlayer([`${image}:${family}`, `${image}:${family}-1`], {
          input: tar,
        });
        assert.equal(code, 0, stderr);
        const after = await expectAppended(request, ["acme/app", "acme/app"], [
          family,
          `${family}-1`,
        ], tar);
        assert.equal(after.index.manifests.length, 3, "attestations of changed images are dropped");
        if (family === "oci") assert.match(stderr, /attestation/);
        const layers = new Set(after.images.map((each) => each.manifest.layers.at(-1).digest));
        assert.equal(layers.size, 1);
      }
      const image = `${registry.host}/acme/app`;
      const one = ["--platform", "linux/arm64", `${image}:oci`, `${image}:one`];
      const { code, stderr } = await appendlayer(one, { input: tar });
      assert.equal(code, 0, stderr);
      const kept = await checkImage(store, "one");
      assert.deepEqual(kept.images.map(({ config }) => config.architecture), ["arm64"]);
      assert.equal(kept.images[0]?.layers.length, 3);
      assert.equal(kept.index, undefined, "one platform is an image, not an index");
    }),
);

testWith(
  REGISTRY_NEEDS.open,
  "compressed input passes through as it came",
  () =>
    withRegistry("open", async (registry) => {
      const request = await openRegistry(registry);
      const store = registryStore(request, "acme/app");
      await putBase(store, "oci", "base");
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      const gzip = gzipSync(tar, { level: 9 });
      const image = `${registry.host}/acme/app`;
      const { code, stderr } = await appendlayer([`${image}:base`, `${image}:gz`], { input: gzip });
      assert.equal(code, 0, stderr);
      const after = await expectAppended(request, ["acme/app", "acme/app"], ["base", "gz"], tar);
      assert.equal(after.images[0]?.manifest.layers.at(-1).digest, digestOf(gzip));
      if (!hasProgram("zstd")) return;
      const zstd = await exec(["sh", "-c", "cat | zstd -q | base64"], { input: tar });
      const compressed = new Uint8Array(Buffer.from(zstd.stdout, "base64"));
      const ended = await appendlayer([`${image}:base`, `${image}:zst`], { input: compressed });
      assert.equal(ended.code, 0, ended.stderr);
      const third = await expectAppended(request, ["acme/app", "acme/app"], ["base", "zst"], tar);
      assert.equal(third.images[0]?.manifest.layers.at(-1).digest, digestOf(compressed));
      assert.match(third.images[0]?.manifest.layers.at(-1).mediaType, /\+zstd$/);
    }),
);

testWith(
  REGISTRY_NEEDS.open,
  "an image goes from one registry to another, missing blobs across",
  () =>
    withRegistry("open", (source) =>
      withRegistry("htpasswd", async (target) => {
        const [from, to] = [await openRegistry(source), await openRegistry(target)];
        const tar = await tarOfFiles({ "hello.txt": "hello\n" });
        for (const family of ["oci", "docker"] as Family[]) {
          await putIndex(registryStore(from, "acme/app"), family, family);
          const { code, stderr } = await appendlayer(
            [`${source.host}/acme/app:${family}`, `${target.host}/other/app:${family}`],
            { input: tar, env: { DOCKER_CONFIG: target.dockerConfig } },
          );
          assert.equal(code, 0, stderr);
          const after = await checkImage(registryStore(to, "other/app"), family);
          assert.equal(after.images.length, 2);
          for (const image of after.images) {
            assert.deepEqual([...listLayer(image.layers.at(-1) ?? tar).keys()], ["hello.txt"]);
          }
        }
      })),
);

testWith(
  REGISTRY_NEEDS.open,
  "Deno, Bun and Node do the same",
  () =>
    withRegistry("open", async (registry) => {
      const request = await openRegistry(registry);
      await putBase(registryStore(request, "acme/app"), "oci", "base");
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      const image = `${registry.host}/acme/app`;
      await onEachRuntime(async (runtime) => {
        const { code, stdout, stderr } = await appendlayer(
          [`${image}:base`, `${image}:${runtime.name}`],
          { input: tar, runtime },
        );
        assert.equal(code, 0, `${runtime.name}: ${stderr}`);
        const pair = ["base", runtime.name] as const;
        const { digest } = await expectAppended(request, ["acme/app", "acme/app"], pair, tar);
        assert.equal(stdout, `${image}:${runtime.name}@${digest}\n`);
        assert.equal((await appendlayer(["--version"], { runtime })).code, 0);
      });
    }),
);
