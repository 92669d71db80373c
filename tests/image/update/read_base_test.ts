import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import type { Progress } from "../../../lib/image/access/transfer_progress.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import { filesLayer } from "../../../lib/layer/files/files_layer.ts";
import { DOCKER_FOREIGN_LAYER } from "../../../lib/oci/media_type.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { randomBytes } from "../../registry/blob_sources.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import {
  type Json,
  readDocument,
  readImage,
  seedImage,
  seedIndexOf,
  tarOf,
} from "../fake_images.ts";
import { readEntries } from "../read_entries.ts";
import { memoryStore } from "../../storage/memory_store.ts";

const LARGE_FILE = { path: "large", type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;

const BASE = "registry.test/acme/app:1";
const TARGET = "registry.test/acme/app:2";

/** An archive of directories that belong to a user. */
function directories(uid: number, ...paths: readonly string[]): Promise<Bytes> {
  const common = { type: "directory", mode: 0o750, uid, gid: uid, mtime: 0, size: 0 } as const;
  return collectBytes(writeTar(paths.map((path) => ({ ...common, path }))));
}

/** The entries of a new layer, each directory with its owner. */
function listed(layer: Bytes | undefined): string[] {
  assert.ok(layer);
  return readEntries(layer).map(({ path, type, uid }) =>
    type === "directory" ? `${path} ${uid}` : path
  );
}

function createSetting(): {
  readonly store: ReturnType<typeof createFakeRegistry>["store"];
  readonly append: (
    layers: readonly Bytes[],
    rest?: Partial<AppendOptions>,
  ) => ReturnType<typeof appendLayer>;
} {
  const { store, fetch } = createFakeRegistry();
  return {
    store,
    append: (layers, rest = {}) =>
      appendLayer(BASE, TARGET, { layers, host: {}, fetch, readBase: true, ...rest }),
  };
}

test("appendLayer() gives directories the owner that all layers of the base and of the image below say", async () => {
  const { store, append } = createSetting();
  const tars = [await directories(1, "srv/", "srv/a/"), await directories(2, "srv/a/")];
  await seedImage(store, "acme/app", "1", { tars });
  const progress: Progress[] = [];
  await append([tarOf("srv/a/x", "x"), await directories(3, "srv/"), tarOf("srv/a/y", "y")], {
    onProgress: (step) => progress.push(step),
  });
  const { manifest, layers } = readImage(store, "acme/app", "2");
  assert.deepEqual(layers.slice(2).map(listed), [
    ["srv/ 1", "srv/a/ 2", "srv/a/x"],
    ["srv/ 3"],
    ["srv/ 3", "srv/a/ 2", "srv/a/y"],
  ]);
  const read = progress.filter((step) => step.kind === "base");
  for (const { digest, size } of manifest.layers.slice(0, 2)) {
    const { bytes, total } = read.findLast((step) => step.digest === digest) ?? {};
    assert.deepEqual([bytes, total], [size, size]);
  }
});

test("appendLayer() asks each image of an index for itself", async () => {
  const { store, append } = createSetting();
  const images: Json[] = [];
  for (const [index, architecture] of ["amd64", "arm64"].entries()) {
    images.push(
      await seedImage(store, "acme/app", undefined, {
        tars: [await directories(index + 1, "srv/")],
        platform: { os: "linux", architecture },
      }),
    );
  }
  const inner = await seedIndexOf(store, undefined, images);
  await seedIndexOf(store, "1", [inner]);
  const owners = async (rest: Partial<AppendOptions>): Promise<string[][]> => {
    const { platforms } = await append([tarOf("srv/x", "x")], rest);
    return platforms.map(({ digest }) =>
      listed(readImage(store, "acme/app", digest).layers.at(-1)) ?? []
    );
  };
  assert.deepEqual(await owners({}), [["srv/ 1", "srv/x"], ["srv/ 2", "srv/x"]]);
  assert.deepEqual(await owners({ platforms: ["linux/arm64"] }), [["srv/ 2", "srv/x"]]);
  await seedIndexOf(store, "1", images);
  assert.deepEqual(await owners({ platforms: ["linux/arm64"] }), [["srv/ 2", "srv/x"]]);
});

test("appendLayer() compresses a compressed layer anew to fit it onto the base", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", { tars: [await directories(1, "srv/")] });
  const packed = new Blob([tarOf("srv/x", "x")]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await append([new Uint8Array(await new Response(packed).arrayBuffer())]);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers[1]), ["srv/ 1", "srv/x"]);
});

test("appendLayer() tells why it cannot read the base, and writes no tag", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", { tars: [new Uint8Array(2_048).fill(65)] });
  const { manifest } = readImage(store, "acme/app", "1");
  const layers = [tarOf("srv/x", "x"), tarOf("srv/y", "y")];
  await assert.rejects(append(layers), ({ name, message }: Error) => {
    assert.equal(name, "LayerError");
    assert.match(message, /^Cannot read the base's layer "sha256:[0-9a-f]{64}": .+ at byte 0$/);
    return true;
  });
  const [layer] = manifest.layers;
  await seedImage(store, "acme/app", "1", {
    tars: [TAR],
    manifest: { layers: [{ ...layer, mediaType: DOCKER_FOREIGN_LAYER }] },
  });
  await assert.rejects(append(layers), {
    name: "LayerError",
    message: `Cannot read the base's layer "${layer.digest}": it is not kept in registries`,
  });
  assert.throws(() => readDocument(store, "acme/app", "2"));
});

const TAR = tarOf("home/node/app/x", "x");

test("appendLayer() warns where a user may lose a directory, unless the base was read", async () => {
  const { store, append } = createSetting();
  const warning =
    'The image runs as "node", and the layer has no entry for "/home/node": Docker\'s overlay2 and Podman make that root\'s, with mode 0755, whatever the base says; to keep what it says, read the base (option readBase)';
  const warnings = async (User: unknown, rest: Partial<AppendOptions>): Promise<unknown> => {
    await seedImage(store, "acme/app", "1", { config: { config: { User } } });
    return (await append([tarOf("x", "x"), TAR], rest)).warnings;
  };
  assert.deepEqual(await warnings("node", { readBase: false }), [warning]);
  assert.deepEqual(await warnings("node", {}), []);
  assert.deepEqual(await warnings(undefined, { readBase: false, user: "node" }), [warning]);
  assert.deepEqual(await warnings("node", { readBase: false, layers: [tarOf("usr/x/y", "")] }), []);
  for (const root of ["", "0", "root:app", "0:5", undefined]) {
    assert.deepEqual(await warnings(root, { readBase: false }), [], root);
  }
});

test("appendLayer() leaves a directory that comes after its entries as the layer has it", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", { tars: [await directories(1, "srv/", "srv/a/")] });
  const common = { mode: 0o700, uid: 5, gid: 5, mtime: 0, size: 0 } as const;
  const late = await collectBytes(writeTar([
    { ...common, path: "srv/a/x", type: "file" },
    { ...common, path: "srv/a/", type: "directory" },
  ]));
  const { warnings } = await append([late]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), [
    "srv/ 1",
    "srv/a/x",
    "srv/a/ 5",
  ]);
});

test("appendLayer() says so where a directory comes too late in what is read once", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", { tars: [await directories(1, "srv/")] });
  const common = { mode: 0o700, uid: 5, gid: 5, mtime: 0, size: 0 } as const;
  const late = await collectBytes(writeTar([
    { ...common, path: "srv/x", type: "file" },
    { ...common, path: "srv/", type: "directory" },
  ]));
  const { warningDetails } = await append([], {
    layers: [new Blob([late]).stream()],
  });
  assert.deepEqual(warningDetails.map(({ code, path }) => [code, path]), [
    ["late-directory", "srv/"],
  ]);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), ["srv/ 1", "srv/x"]);
});

test("appendLayer() with auto reads no layer where no answer can matter, and only those that tell", async () => {
  const { store, append } = createSetting();
  const tars = [
    await directories(3, "opt/", "opt/low/"),
    await directories(2, "opt/app/"),
    await directories(1, "srv/top/"),
  ];
  await seedImage(store, "acme/app", "1", { tars });
  const read = async (path: string): Promise<number> => {
    const seen = new Set<string>();
    await append([tarOf(path, "x")], {
      readBase: "auto",
      onProgress: (step) => step.kind === "base" && seen.add(step.digest),
    });
    return seen.size;
  };
  for (const path of ["x", "usr/share/nginx/html/x", "etc/nginx/nginx.conf", "opt/x", "tmp/x"]) {
    assert.equal(await read(path), 0, path);
  }
  assert.ok(await read("opt/app/x") > 0);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), [
    "opt/app/ 2",
    "opt/app/x",
  ]);
});

test("appendLayer() packs anew where an image does not run as root, as was assumed", async () => {
  const { store, append } = createSetting();
  const tars = [await directories(7, "usr/share/app/")];
  const layer = (): ReadableStream<Bytes> => new Blob([tarOf("usr/share/app/x", "x")]).stream();
  for (
    const [User, expected] of [["", ["usr/share/app/x"]], ["7", [
      "usr/share/app/ 7",
      "usr/share/app/x",
    ]]] as const
  ) {
    await seedImage(store, "acme/app", "1", { tars, config: { config: { User } } });
    const before = store.repository("acme/app").blobs.size;
    await append([], { layers: [layer], readBase: "auto" });
    assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), expected);
    // The layer and the config: nothing of the first packing was sent.
    assert.equal(store.repository("acme/app").blobs.size - before, 2);
  }
});

test("appendLayer() refuses a base whose manifest and config contradict each other", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", {
    tars: [TAR],
    config: { rootfs: { type: "layers", diff_ids: [] } },
  });
  await assert.rejects(append([tarOf("x", "x")]), {
    name: "SyntaxError",
    message: /: its manifest lists 1 layers, and its config 0 diff_ids: no engine runs it/,
  });
  assert.equal(store.repository("acme/app").tags.has("2"), false);
});

test("appendLayer() remembers what a layer said, unless it is told not to", async () => {
  const { store, append } = createSetting();
  const cache = memoryStore();
  const { kept } = cache;
  await seedImage(store, "acme/app", "1", { tars: [await directories(1, "srv/a/")] });
  const read = async (isCached: boolean): Promise<number> => {
    let bytes = 0;
    await append([tarOf("srv/a/x", "x")], {
      host: { cache },
      cache: isCached,
      readBase: "auto",
      onProgress: (step) => bytes += step.kind === "base" ? 1 : 0,
    });
    assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), [
      "srv/a/ 1",
      "srv/a/x",
    ]);
    return bytes;
  };
  assert.ok(await read(false) > 0);
  assert.equal(kept.size, 0);
  assert.ok(await read(true) > 0);
  assert.equal(await read(true), 0);
  assert.ok(await read(false) > 0);
});

test("appendLayer() says where a file may take the place of a directory that it is not to ask about", async () => {
  const { store, append } = createSetting();
  await seedImage(store, "acme/app", "1", { tars: [await directories(1, "data/app/")] });
  const codes = async (destination: string, readBase: "auto" | "none"): Promise<unknown> => {
    const file = { path: "", name: "x.txt", type: "file", mode: 0o644, mtime: 0, size: 0 } as const;
    const sources = [{ name: "x.txt", destination, files: () => [file] }];
    const { warningDetails } = await append([], { layers: [filesLayer({ sources })], readBase });
    return warningDetails.map(({ code, path }) => `${code} ${path}`);
  };
  assert.deepEqual(await codes("/data/app", "none"), ["replaces-directory data/app"]);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), ["data/app"]);
  for (const clear of ["/data/app/", "/data/x.txt", "/data/y.txt", "/srv"]) {
    assert.deepEqual(await codes(clear, "none"), [], clear);
  }
  assert.deepEqual(await codes("/data/app", "auto"), []);
});

test("appendLayer() with auto keeps a directory of every image that may be the image's user's", async () => {
  const { store, append } = createSetting();
  const tars = [await directories(3, "opt/", "srv/", "usr/local/", "usr/", "etc/")];
  const added = ["srv/x", "opt/x", "usr/local/x", "usr/x", "etc/x"];
  const layers = added.map((path) => tarOf(path, "x"));
  const last = async (User: string): Promise<string[]> => {
    await seedImage(store, "acme/app", "1", { tars, config: { config: { User } } });
    await append(layers, { readBase: "auto" });
    return readImage(store, "acme/app", "2").layers.slice(-layers.length).flatMap(listed);
  };
  assert.deepEqual(await last("app"), [
    ...["srv/ 3", "srv/x", "opt/ 3", "opt/x", "usr/local/x", "usr/x", "etc/x"],
  ]);
  assert.deepEqual(await last("root"), added);
});

test("appendLayer() leaves directories of /etc and /usr root's, whosever the files in them are", async () => {
  const { store, append } = createSetting();
  const tars = [await directories(0, "etc/app/", "usr/share/app/")];
  await seedImage(store, "acme/app", "1", { tars });
  for (const destination of ["/etc/app/new/x", "/usr/share/app/x", "/usr/share/new/x"]) {
    const file = { path: "", name: "x", type: "file", mode: 0o644, mtime: 0, size: 0 } as const;
    const sources = [{ name: "x", destination, files: () => [file] }];
    await append([], {
      layers: [filesLayer({ sources, owner: { uid: 5, gid: 5 } })],
      readBase: "auto",
    });
    const layer = readImage(store, "acme/app", "2").layers.at(-1);
    assert.deepEqual(listed(layer), [destination.slice(1)]);
  }
});

test("appendLayer() leaves a directory alone that it could not ask about, and says so", async () => {
  const { store, append } = createSetting();
  // Too large to be read whole.
  const large = { ...LARGE_FILE, size: 1_500_000, content: randomBytes(1_500_000) };
  const tars = [await directories(1, "srv/a/"), await collectBytes(writeTar([large]))];
  await seedImage(store, "acme/app", "1", { tars });
  const { warningDetails } = await append([tarOf("srv/a/x", "x")], {
    readBase: "auto",
    readBaseLimit: 100_000,
  });
  assert.deepEqual(warningDetails.map(({ code, path }) => [code, path]), [
    ["unknown-directory", "srv/a"],
  ]);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), ["srv/a/x"]);
});

test("appendLayer() gives a directory that it did not look for the owner of the one above, where that is a user's", async () => {
  const { store, append } = createSetting();
  // A layer that lies too deep to be read for a directory that may well be new.
  const large = { ...LARGE_FILE, size: 1_500_000, content: randomBytes(1_500_000) };
  const deep = await collectBytes(writeTar([large]));
  const cases = [
    {
      above: ["srv/a/ 7"],
      mode: 0o750,
      layer: ["srv/a/ 7", "srv/a/new/ 7", "srv/a/new/sub/ 7", "srv/a/new/sub/x"],
      told: ["srv/a/new"],
    },
    // In a directory of root's, and in one with the sticky bit, nobody can do that: it is looked for.
    {
      above: ["srv/a/ 0"],
      mode: 0o750,
      layer: ["srv/a/ 0", "srv/a/new/ 0", "srv/a/new/sub/ 0", "srv/a/new/sub/x"],
      told: [],
    },
    {
      above: ["srv/a/ 7"],
      mode: 0o1770,
      layer: ["srv/a/ 7", "srv/a/new/ 0", "srv/a/new/sub/ 0", "srv/a/new/sub/x"],
      told: [],
    },
  ];
  for (const { above, mode, layer, told } of cases) {
    const uid = Number(above[0]?.split(" ")[1]);
    const own = { type: "directory", mode, uid, gid: uid, mtime: 0, size: 0 } as const;
    const top = await collectBytes(
      writeTar(["srv/", "srv/a/"].map((path) => ({ ...own, path }))),
    );
    await seedImage(store, "acme/app", "1", { tars: [deep, top] });
    const { warningDetails } = await append([tarOf("srv/a/new/sub/x", "x")], { readBase: "auto" });
    assert.deepEqual(warningDetails.map(({ code, path }) => [code, path]), [
      ...told.map((path) => ["assumed-directory", path]),
    ]);
    assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), layer);
  }
});

test("appendLayer() looks through all of the base for a directory, where everything may be asked", async () => {
  const { store, append } = createSetting();
  const large = { ...LARGE_FILE, size: 1_500_000, content: randomBytes(1_500_000) };
  const private_ = { type: "directory", mode: 0o700, uid: 9, gid: 9, mtime: 0, size: 0 } as const;
  const tars = [
    await collectBytes(writeTar([{ ...private_, path: "srv/a/data/" }, large])),
    await directories(7, "srv/", "srv/a/"),
  ];
  await seedImage(store, "acme/app", "1", { tars });
  const { warnings } = await append([tarOf("srv/a/data/x", "x")], { readBase: "all" });
  assert.deepEqual(warnings, []);
  assert.deepEqual(listed(readImage(store, "acme/app", "2").layers.at(-1)), [
    ...["srv/ 7", "srv/a/ 7", "srv/a/data/ 9", "srv/a/data/x"],
  ]);
});
