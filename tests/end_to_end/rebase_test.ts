/** What a rebase makes is what a build on the new base makes, without reading a layer. */

import assert from "node:assert/strict";
import {
  appendLayer,
  type AppendOptions,
  type ConfigEdit,
  exportFiles,
  rebaseImage,
  type RebaseOptions,
} from "../../lib/entries/main.ts";
import { type Family, putBase, putIndex, tarOfFiles } from "./base_image.ts";
import { CONTAINERD_NEEDS, pullAndRun, withContainerd } from "./containerd.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { type CheckedImage, checkImage } from "./image_checker.ts";
import { type ImageStore, registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { withProxy } from "./recording_proxy.ts";
import { openRegistry } from "./registry_http.ts";

/** What is put on an image: files, and how it runs. */
interface Step {
  readonly files: Readonly<Record<string, string>>;
  readonly edit: ConfigEdit;
}

interface Scenario {
  readonly name: string;
  readonly family: Family;
  readonly architectures?: readonly string[];
  readonly old: Step;
  readonly onto: Step;
  /** In one layer each. */
  readonly app: readonly Step[];
  /** What is said to a rebase beside the new base. */
  readonly options?: Partial<RebaseOptions>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    // The two bases and the application of `crane rebase`'s documentation, with settings.
    name: "a base that was patched",
    family: "oci",
    old: { files: { "etc/base": "old\n", "etc/gone": "x\n" }, edit: { env: { BASE: "old" } } },
    onto: { files: { "etc/base": "new\n" }, edit: { env: { BASE: "new" } } },
    app: [{
      files: { "opt/app": "app\n" },
      edit: { env: { APP: "1" }, entrypoint: ["/bin/sh", "-c"], workdir: "/opt" },
    }],
  },
  {
    name: "settings that both sides have changed",
    family: "oci",
    old: {
      files: { "etc/base": "old\n" },
      edit: {
        env: { BASE: "old", GONE: "x", MODE: "base" },
        labels: { "org.a": "old", "org.gone": "x", mode: "base" },
        user: "0",
        expose: ["80"],
        volumes: ["/data"],
      },
    },
    onto: {
      files: { "etc/base": "new\n", "etc/more": "more\n" },
      edit: {
        env: { BASE: "new", MODE: "base", MORE: "1" },
        labels: { "org.a": "new", mode: "base", more: "1" },
        user: "0:0",
        expose: ["443"],
        stopSignal: "SIGINT",
      },
    },
    app: [
      {
        files: { "opt/app": "app\n", "etc/base": "mine\n" },
        edit: { env: { MODE: "app" }, labels: { mode: "app" }, expose: ["8080"] },
      },
      { files: { "opt/second": "2\n" }, edit: { cmd: ["cat", "/opt/app"], volumes: ["/own"] } },
    ],
  },
  {
    name: "an index of two platforms, and its base by name",
    family: "oci",
    architectures: ["amd64", "arm64"],
    old: { files: { "etc/base": "old\n" }, edit: { env: { BASE: "old" } } },
    onto: { files: { "etc/base": "new\n" }, edit: { env: { BASE: "new" } } },
    app: [{ files: { "opt/app": "app\n" }, edit: { env: { APP: "1" } } }],
    options: { from: "HOST/acme/rebase:old" },
  },
  {
    name: "Docker's family",
    family: "docker",
    old: { files: { "etc/base": "old\n" }, edit: { env: { BASE: "old" }, labels: { a: "1" } } },
    onto: { files: { "etc/base": "new\n" }, edit: { env: { BASE: "new" }, labels: { a: "2" } } },
    app: [{ files: { "opt/app": "app\n" }, edit: { env: { APP: "1" }, labels: { b: "3" } } }],
  },
];

/** Puts steps on an image, one after the other. */
async function build(base: string, target: string, steps: readonly Step[]): Promise<void> {
  let from = base;
  for (const { files, edit } of steps) {
    const layers = [{ name: "files", input: await tarOfFiles(files) }];
    const options: AppendOptions = { layers, ...edit, onWarning: () => {} };
    await appendLayer(from, target, options);
    from = target;
  }
}

/** What must be equal: all but dates, texts of the history, and the order of variables. */
function settingsOf({ config, manifest, mediaType }: CheckedImage): unknown {
  const { created: _created, history, config: { Env, ...run }, ...rest } = config;
  return {
    ...rest,
    run,
    Env: [...Env].sort(),
    steps: history.map((step: { readonly empty_layer?: boolean }) => step.empty_layer === true),
    annotations: manifest.annotations,
    mediaType,
  };
}

async function treeOf(image: string, platform: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportFiles(image, { platform })) chunks.push(chunk.slice());
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

async function seed(store: ImageStore, { family, architectures }: Scenario): Promise<void> {
  if (architectures === undefined) await putBase(store, family, "os");
  else await putIndex(store, family, "os", architectures);
}

testWith(
  [...REGISTRY_NEEDS.open, ...CONTAINERD_NEEDS],
  "what a rebase makes is what a build on the new base makes, runs, and took no layer",
  () =>
    withContainerd((ctr) =>
      withRegistry("open", (registry) =>
        withProxy(registry.host, async (proxy) => {
          const store = registryStore(await openRegistry(registry), "acme/rebase");
          const image = `${proxy.host}/acme/rebase`;
          for (const [number, scenario] of SCENARIOS.entries()) {
            const { name, old, onto, app, options, architectures = ["amd64"] } = scenario;
            await seed(store, scenario);
            await build(`${image}:os`, `${image}:old`, [old]);
            await build(`${image}:os`, `${image}:onto`, [onto]);
            await build(`${image}:old`, `${image}:app`, app);
            await build(`${image}:onto`, `${image}:fresh-${number}`, app);
            proxy.reset();
            await rebaseImage(`${image}:app`, `${image}:rebased-${number}`, {
              ...options,
              from: options?.from?.replace("HOST", proxy.host),
              onto: `${image}:onto`,
              onWarning: () => {},
            });
            const [made, fresh] = [
              await checkImage(store, `rebased-${number}`),
              await checkImage(store, `fresh-${number}`),
            ];
            const layers = [...made.images, ...(await checkImage(store, "old")).images]
              .flatMap(({ manifest }) => manifest.layers);
            const read = proxy.requests.filter(({ method, path }) =>
              method === "GET" && layers.some(({ digest }) => path.endsWith(digest))
            );
            assert.deepEqual(read, [], name);
            assert.ok(proxy.requests.length > 0);
            assert.deepEqual(made.images.map(settingsOf), fresh.images.map(settingsOf), name);
            for (const architecture of architectures) {
              const [one, other] = await Promise.all(
                [`${image}:rebased-${number}`, `${image}:fresh-${number}`].map((place) =>
                  treeOf(place, `linux/${architecture}`)
                ),
              );
              assert.deepEqual(one, other, `${name}, ${architecture}`);
            }
            const script = 'cat /etc/base /opt/app; ls /etc; echo "$BASE $APP $MODE $MORE"';
            const output: string[] = [];
            for (const tag of [`rebased-${number}`, `fresh-${number}`]) {
              const place = `${registry.host}/acme/rebase:${tag}`;
              output.push(await pullAndRun(ctr, place, "/bin/sh", "-c", script));
            }
            assert.equal(output[0], output[1], name);
            assert.match(output[0] ?? "", /^(?:new|mine)\napp\n/, name);
          }
        }, { tellsSteps: false }))
    ),
);
