/** Archives of images: who makes one, and who reads it. All of them show the same files. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { collectBytes } from "../../../lib/base/collect.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { appendlayer } from "../appendlayer.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { layoutStore } from "../image_store.ts";
import { noteOutcome } from "../notes.ts";
import { hasProgram, succeed, testWith } from "../program.ts";
import { withDirectory } from "../scratch.ts";
import { DOCKER_NEEDS, dockerEngine, type DockerStore } from "./docker_engine.ts";
import {
  environmentOf,
  fetchedEngines,
  findProgram,
  type Installation,
  INSTALLED,
  LONG,
} from "./engine.ts";
import { compareTrees, type FileTree } from "./file_tree.ts";
import { modelImage } from "./layer_model.ts";
import { putLayers } from "./layered_base.ts";
import { PODMAN_NEEDS, podmanEngine } from "./podman_engine.ts";

/** Who makes an archive of which kind. */
interface Maker {
  readonly name: string;
  readonly kind: "docker-archive" | "oci-archive";
  make(file: string): Promise<unknown>;
}

/** Who reads archives, of which kinds. */
interface Reader {
  readonly name: string;
  readonly kinds: readonly Maker["kind"][];
  /** Makers whose archives it does not take. */
  readonly refuses?: readonly string[];
  /** The files of the image as they are then. */
  read(file: string, kind: Maker["kind"]): Promise<FileTree>;
}

const OWNER = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
const file = (path: string, text: string, uid = 0): TarEntry => {
  const content = new TextEncoder().encode(text);
  return { ...OWNER, mode: 0o640, uid, path, type: "file", size: content.length, content };
};
const LAYERS: readonly (readonly TarEntry[])[] = [
  [
    // Docker makes one where there is none.
    { ...OWNER, path: "etc/", type: "directory" },
    { ...OWNER, path: "srv/", type: "directory", mode: 0o2750, uid: 7, gid: 8 },
    file("srv/a", "one", 7),
    file("srv/gone", "x"),
    { ...OWNER, path: "srv/link", type: "symlink", linkPath: "a" },
    { ...OWNER, path: "srv/hard", type: "hard-link", linkPath: "srv/a", mode: 0o640, uid: 7 },
  ],
  [
    { ...OWNER, path: "srv/", type: "directory", mode: 0o2750, uid: 7, gid: 8 },
    file("srv/.wh.gone", ""),
    file("srv/ä b", "two"),
  ],
];

/** The files of a layout that another program has written. */
async function treeOf(layout: string, tag: string): Promise<FileTree> {
  const store = layoutStore(layout);
  const { layers } = JSON.parse(new TextDecoder().decode((await store.getManifest(tag)).bytes));
  const tars: Uint8Array[] = [];
  for (const { digest } of layers) {
    const bytes = await store.getBlob(digest);
    tars.push(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
  }
  return modelImage(tars).tree;
}

/** How programs name the parts of an archive of Docker's that are not at hand. */
const SHAPES = [
  { name: "kaniko", prefix: "", config: "sha256:HEX", layer: "HEX.tar.gz", isGzip: true },
  { name: "bazel", prefix: "./", config: "HEX.json", layer: "HEX/layer.tar", isGzip: false },
] as const;

/** An archive in such a shape, with what names the others at its end. */
async function shapeArchive(
  layout: string,
  layers: readonly Uint8Array[],
  { prefix, config, layer, isGzip }: (typeof SHAPES)[number],
): Promise<Uint8Array> {
  const store = layoutStore(layout);
  const document = JSON.parse(new TextDecoder().decode((await store.getManifest("1")).bytes));
  const { digest } = document.config;
  const parts = layers.map((tar) => {
    const bytes = isGzip ? gzipSync(tar) : tar;
    const hex = createHash("sha256").update(bytes).digest("hex");
    return { path: layer.replace("HEX", hex), bytes: new Uint8Array(bytes) };
  });
  const list = [{
    Config: config.replace("HEX", digest.slice("sha256:".length)),
    RepoTags: ["site:1"],
    Layers: parts.map(({ path }) => path),
  }];
  const members = [
    { path: list[0]?.Config ?? "", bytes: await store.getBlob(digest) },
    ...parts,
    { path: "manifest.json", bytes: new TextEncoder().encode(JSON.stringify(list)) },
  ];
  return await collectBytes(writeTar(members.map(({ path, bytes }): TarEntry => {
    const content = new Uint8Array(bytes);
    return { ...OWNER, path: `${prefix}${path}`, type: "file", size: content.length, content };
  })));
}

async function call(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await appendlayer(args);
  assert.equal(code, 0, stderr);
}

/** Makes every archive, and has every reader read it. */
async function fillTable(installation: Installation, store: DockerStore): Promise<void> {
  const docker = await dockerEngine(installation, store);
  const podman = await podmanEngine(installation, "vfs");
  const env = environmentOf(installation);
  const skopeo = (...args: readonly string[]): Promise<string> =>
    succeed(["skopeo", "--insecure-policy", "copy", "--quiet", ...args], { env });
  await withDirectory((directory) =>
    docker.start((inDocker) =>
      podman.start(async (inPodman) => {
        assert(inDocker.tree !== undefined && inPodman.tree !== undefined);
        const { tree: dockerTree } = inDocker;
        const { tree: podmanTree } = inPodman;
        const layout = join(directory, "image");
        const image = `oci:${layout}:1`;
        const layers = await Promise.all(LAYERS.map((layer) => collectBytes(writeTar(layer))));
        await putLayers(layoutStore(layout), "1", layers);
        const { tree: expected } = modelImage(layers);

        const first = join(directory, "first.tar");
        await skopeo(image, `docker-archive:${first}:site:1`);
        await inDocker.docker("load", "--quiet", "--input", first);
        await inPodman.podman("load", "--quiet", "--input", first);
        const buildah = [
          "buildah",
          ...["--root", join(directory, "b"), "--runroot", join(directory, "r")],
          ...["--storage-driver", "vfs"],
        ];
        await succeed([...buildah, "pull", "--quiet", `docker-archive:${first}`], { env });

        const makers: Maker[] = [
          {
            name: "docker save",
            kind: "docker-archive",
            make: (path) => inDocker.docker("save", "--output", path, "site:1"),
          },
        ];
        for (const kind of ["docker-archive", "oci-archive"] as const) {
          makers.push({
            name: `podman save, ${kind}`,
            kind,
            make: (path) =>
              inPodman.podman("save", "--quiet", "--format", kind, "--output", path, "site:1"),
          }, {
            name: `skopeo copy, ${kind}`,
            kind,
            make: (path) => skopeo(image, `${kind}:${path}:site:1`),
          }, {
            name: `buildah push, ${kind}`,
            kind,
            make: (path) =>
              succeed([...buildah, "push", "--quiet", "site:1", `${kind}:${path}:site:1`], { env }),
          }, {
            name: `appendlayer copy, ${kind}`,
            kind,
            make: (path) =>
              call("copy", image, `${kind}:${path}:${kind[0] === "d" ? "site:1" : "1"}`),
          });
        }
        for (const shape of SHAPES) {
          makers.push({
            name: `the shape of ${shape.name}`,
            kind: "docker-archive",
            make: async (path) => await writeFile(path, await shapeArchive(layout, layers, shape)),
          });
        }
        const readers: Reader[] = [
          {
            name: "docker load",
            kinds: ["docker-archive"],
            async read(path): Promise<FileTree> {
              await inDocker.docker("rmi", "--force", "site:1");
              const told = await inDocker.docker("load", "--quiet", "--input", path);
              return await dockerTree(/(?:image|ID): (\S+)/.exec(told)?.[1] ?? "");
            },
          },
          {
            name: "podman load",
            kinds: ["docker-archive", "oci-archive"],
            async read(path): Promise<FileTree> {
              await inPodman.podman("rmi", "--all", "--force");
              const told = await inPodman.podman("load", "--quiet", "--input", path);
              return await podmanTree(/: (\S+)/.exec(told)?.[1] ?? "");
            },
          },
          {
            name: "skopeo copy",
            kinds: ["docker-archive", "oci-archive"],
            async read(path, kind): Promise<FileTree> {
              const copied = join(directory, "copied");
              await rm(copied, { recursive: true, force: true });
              await skopeo(`${kind}:${path}`, `oci:${copied}:1`);
              return await treeOf(copied, "1");
            },
          },
          {
            name: "appendlayer copy",
            kinds: ["docker-archive", "oci-archive"],
            async read(path, kind): Promise<FileTree> {
              const copied = join(directory, "copied");
              await rm(copied, { recursive: true, force: true });
              await call("copy", `${kind}:${path}`, `oci:${copied}:1`);
              return await treeOf(copied, "1");
            },
          },
        ];
        const fill = async (host?: string): Promise<void> => {
          if (host !== undefined) {
            await skopeo("--dest-tls-verify=false", image, `docker://${host}/site:1`);
            makers.push({
              name: "crane pull",
              kind: "docker-archive",
              make: (path) => succeed(["crane", "pull", "--insecure", `${host}/site:1`, path]),
            });
            readers.push({
              name: "crane push",
              kinds: ["docker-archive"],
              // It finds members by their names as they are written.
              refuses: ["the shape of bazel"],
              async read(path): Promise<FileTree> {
                await succeed(["crane", "push", "--insecure", path, `${host}/pushed:1`]);
                const copied = join(directory, "copied");
                await rm(copied, { recursive: true, force: true });
                await skopeo(
                  "--src-tls-verify=false",
                  `docker://${host}/pushed:1`,
                  `oci:${copied}:1`,
                );
                return await treeOf(copied, "1");
              },
            });
          }
          await fillCells(makers, readers, { directory, expected, table: docker.name });
        };
        await (hasProgram("crane") ? withRegistry("open", ({ host }) => fill(host)) : fill());
      })
    )
  );
}

async function fillCells(
  makers: readonly Maker[],
  readers: readonly Reader[],
  { directory, expected, table }: {
    readonly directory: string;
    readonly expected: FileTree;
    readonly table: string;
  },
): Promise<void> {
  const failures: string[] = [];
  const archives: string[] = [];
  // All are made before the first is read, which takes images away.
  for (const [index, maker] of makers.entries()) {
    const path = join(directory, `${index}.tar`);
    await maker.make(path);
    assert.ok((await readFile(path)).length > 0);
    archives.push(path);
  }
  for (const [index, maker] of makers.entries()) {
    for (const reader of readers.filter(({ kinds }) => kinds.includes(maker.kind))) {
      const found = await reader.read(archives[index] ?? "", maker.kind).then(
        (tree) => compareTrees(tree, expected),
        (error: unknown) => [String(error)],
      );
      const cell = found.length === 0 ? "the same files" : found.join("; ");
      const isRefused = reader.refuses?.includes(maker.name) ?? false;
      noteOutcome({ table: `archives, with ${table}`, row: maker.name, column: reader.name, cell });
      if (isRefused !== found.length > 0) {
        failures.push(`${maker.name}, read by ${reader.name}: ${cell}`);
      }
    }
  }
  assert.deepEqual(failures, []);
}

const NEEDS = [...DOCKER_NEEDS, ...PODMAN_NEEDS, "skopeo", "buildah", ...REGISTRY_NEEDS.open];

testWith(
  NEEDS,
  "archives of all makers have the same files for all readers",
  () => fillTable(INSTALLED, "vfs"),
);

const fetched = fetchedEngines();
for (const store of ["vfs", "containerd"] as const) {
  const name =
    `archives of today's makers have the same files for today's readers: Docker with ${store}`;
  if (LONG && fetched !== undefined && findProgram(fetched, "dockerd") !== undefined) {
    testWith(NEEDS, name, () => fillTable(fetched, store));
  } else test(`${name} (needs --long)`, { skip: true }, () => {});
}
