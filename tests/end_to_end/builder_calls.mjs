// deno-lint-ignore-file explicit-function-return-type explicit-module-boundary-types camelcase no-console no-top-level-await -- a program in plain JavaScript, with names of walkdir.
/**
 * Calls of container-image-builder, in plain JavaScript so that Node runs them with that package and the tests with ours. Each gives what
 * came of it as text.
 */

import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

/**
 * The tree that is packed.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const TREE = {
  "id.key": "1",
  "id.pem": "1",
  "f1.txt": "1",
  "f10.txt": "1",
  "a.js": "1",
  "b.json": "1",
  ".env": "1",
  ".eslintrc.json": "1",
  ".ignore": "*.txt\n# a comment\n\nsub/deep\n",
  "sub/id.key": "1",
  "sub/a.js": "1",
  "sub/deep/c.js": "1",
  "sub/.hidden/d": "1",
  "other/.ignore": "*.log\n",
  "other/x.log": "1",
  "other/y": "1",
};

/** Options of addFiles and pack, each of which packs the tree. */
const PACK_OPTIONS = {
  "no options": {},
  "ignores: +(key|pem)": { ignores: ["*.+(key|pem)"] },
  "ignores: @(a|b)": { ignores: ["@(id.key|id.pem)"] },
  "ignores: (key|pem)": { ignores: ["id.(key|pem)"] },
  "ignores: {0..9}": { ignores: ["f{0..9}.txt"] },
  "ignores: !(a.js)": { ignores: ["!(a.js)"] },
  "ignores: *.json": { ignores: ["*.json"] },
  "ignores: *": { ignores: ["*"] },
  "ignores: **": { ignores: ["**"] },
  "ignores: .*": { ignores: [".*"] },
  "ignores: **/*.js": { ignores: ["**/*.js"] },
  "ignores: sub": { ignores: ["sub"] },
  "ignores: sub/**": { ignores: ["sub/**"] },
  "ignores: ./sub": { ignores: ["./sub"] },
  "ignores: two": { ignores: ["sub", "*.json"] },
  "ignores: none": { ignores: [] },
  "ignores: a directory with a slash": { ignores: ["sub/"] },
  "ignores: a slash first": { ignores: ["/sub"] },
  "ignores: ! alone": { ignores: ["!a.js"] },
  "ignores: ! of a directory": { ignores: ["!sub"] },
  "ignores: * and !": { ignores: ["*", "!a.js"] },
  ignoreFiles: { ignoreFiles: [".ignore"] },
  "ignoreFiles and ignores": { ignoreFiles: [".ignore"], ignores: ["**/*.js"] },
  "ignoreFiles of no file": { ignoreFiles: [".nothing"] },
  filter: { filter: (_, names) => names.filter((name) => name !== "a.js") },
  "filter that waits": { filter: (_, names) => Promise.resolve(names.slice(0, 3)) },
  "filter and ignores": {
    filter: (_, names) => names.filter((name) => name !== "a.js"),
    ignores: ["*.txt"],
  },
  "max_depth: 1": { max_depth: 1 },
  "max_depth: 2": { max_depth: 2 },
  "max_depth: 0": { max_depth: 0 },
  no_recurse: { no_recurse: true },
  "find_links: true": { find_links: true },
  "find_links: false": { find_links: false },
  follow_symlinks: { follow_symlinks: true },
  "track_inodes: false": { track_inodes: false },
  return_object: { return_object: true },
  "tar.filter": { tar: { filter: (path) => !/key|pem/.test(path) } },
  "tar.filter by entry": { tar: { filter: (_, entry) => entry.type === "File" } },
  "tar.prefix": { tar: { prefix: "srv" } },
  "tar.noMtime": { tar: { noMtime: true } },
  "tar.portable": { tar: { portable: true } },
  "tar.follow": { tar: { follow: true } },
  "tar.strict": { tar: { strict: true, preservePaths: true } },
  "tar.gzip": { tar: { gzip: true } },
  "tar.onwarn": { tar: { onwarn() {} } },
};

/** Names in an archive, and what links point to. */
function listTar(bytes) {
  const text = (at, length) => bytes.toString("utf8", at, at + length).split("\0")[0];
  const names = [];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const [size, type] = [parseInt(text(at + 124, 12).trim() || "0", 8), text(at + 156, 1)];
    const name = text(at, 100).replace(/^\/+|\/+$/g, "");
    if (/^[0125]?$/.test(type)) {
      names.push(type === "2" ? `${name} -> ${text(at + 157, 100)}` : name);
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names.sort().join(" ");
}

async function collect(stream) {
  const chunks = [];
  await new Promise((resolve, reject) => {
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("end", resolve);
    stream.on("error", reject);
  });
  return Buffer.concat(chunks);
}

/** Whether something was thrown where nobody can catch it: that ends a program. */
let hasCrashed = false;

async function outcome(call) {
  hasCrashed = false;
  let timer;
  const late = new Promise((resolve) => timer = setTimeout(resolve, 2_000, "never settles"));
  const done = (async () => {
    try {
      return String(await call());
    } catch {
      return "fails";
    }
  })();
  try {
    const found = await Promise.race([done, late]);
    return hasCrashed ? "ends the program" : found;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes all calls; `directory` holds the tree, `host` is a registry's with the image `acme/base:1`. */
export async function callAll({ Image, RegistryClient, CustomFile, auth, pack }, directory, host) {
  const results = {};
  const packed = async (...values) => listTar(await collect(pack(...values)));
  const custom = (options) => () => packed({ "/x": new CustomFile(options) });
  const calls = {};
  for (const [name, options] of Object.entries(PACK_OPTIONS)) {
    calls[`pack ${name}`] = () => packed({ "/c": directory }, options);
  }
  Object.assign(calls, {
    "pack several directories": () =>
      packed({ "/c": `${directory}/sub`, "/d": `${directory}/other` }),
    "pack a single file": () => packed({ "/c/a": `${directory}/a.js` }),
    "pack a single file, ignored": () =>
      packed({ "/c/a.js": `${directory}/a.js` }, { ignores: ["*.js"] }),
    "pack a missing path": () => packed({ "/c": `${directory}/nothing` }),
    "pack a path that is none": () => packed({ "/c": undefined }),
    "CustomFile of bytes": custom({ data: Buffer.from("x") }),
    "CustomFile of much": custom({ data: Buffer.alloc(100_000) }),
    "CustomFile of nothing": custom({ data: Buffer.alloc(0) }),
    "CustomFile SymbolicLink": custom({ type: "SymbolicLink", linkPath: "/y" }),
    "CustomFile Directory": custom({ type: "Directory" }),
    "CustomFile of another type": custom({ type: "Fifo" }),
    "CustomFile with data set later": () => {
      const file = new CustomFile({ size: 1 });
      file.data = Buffer.from("x");
      return packed({ "/x": file });
    },
  });
  const client = new RegistryClient(host, "acme/app", {});
  const base = new RegistryClient(host, "acme/base", {});
  const missing = `sha256:${"0".repeat(64)}`;
  const { layers, config } = await base.manifest("1");
  const [{ digest, size }] = layers;
  const shape = (value) =>
    Object.keys(value).filter((name) => value[name] !== undefined).sort().join();
  Object.assign(calls, {
    "manifest()": async () => shape(await base.manifest("1")),
    "manifest() of a missing tag": () => base.manifest("nothing"),
    "tags()": async () => (await base.tags()).tags.includes("1"),
    "tags() of a missing repository": () => client.tags(),
    "blobExists()": async () => [await base.blobExists(digest), await base.blobExists(missing)],
    "blob()": async () => JSON.parse(`${await base.blob(config.digest)}`).os,
    "blob() is a Buffer": async () => Buffer.isBuffer(await base.blob(config.digest)),
    "blob() of a layer": async () => (await base.blob(digest)).length === size,
    "blob() as a stream": async () =>
      (await collect(await base.blob(digest, true))).length === size,
    "blob() of a missing one": () => base.blob(missing),
    "blob() of a missing one as a stream": async () => typeof await base.blob(missing, true),
    "upload() of bytes": async () => shape(await client.upload(Buffer.from("hello"))),
    "upload() of a stream": async () => {
      const stream = await base.blob(digest, true);
      return (await client.upload(stream, size, digest)).digest === digest;
    },
    "upload() of a wrong digest": () => client.upload(Buffer.from("hello"), 5, missing),
    "mount()": async () => typeof await client.mount(config.digest, "acme/base"),
    "mount() of a missing blob": () => client.mount(missing, "acme/base"),
    "manifestUpload()": async () => {
      const manifest = await base.manifest("1");
      const done = await base.manifestUpload("2", manifest);
      return [done.status, shape(done), Buffer.isBuffer(done.body)];
    },
    "manifestUpload() of nonsense": () => base.manifestUpload("3", Buffer.from("nonsense")),
  });
  const image = () => new Image(`${host}/acme/base:1`, `${host}/acme/made:1`, AUTH(host));
  const saved = async (tags, options) => {
    const { status, digest: made } = await image().save(tags, options);
    const reader = new RegistryClient(host, "acme/made", {});
    const manifest = await reader.manifest(tags?.[0] ?? "1");
    const { config: settings } = JSON.parse(`${await reader.blob(manifest.config.digest)}`);
    const { Cmd, Env, WorkingDir } = settings;
    return JSON.stringify([status, made.slice(0, 7), manifest.layers.length, Cmd, Env, WorkingDir]);
  };
  Object.assign(calls, {
    "save()": () => saved(),
    "save() under tags": () => saved(["a", "b"]),
    "save() with Cmd": () => saved(["c"], { Cmd: ["x"] }),
    "save() with Env": () => saved(["d"], { Env: ["X=1"] }),
    "save() with WorkingDir": () => saved(["e"], { WorkingDir: "/x" }),
    "save() with copyRemoteLayers": () => saved(["f"], { copyRemoteLayers: false }),
    "save() with ignoreExists": () => saved(["g"], { ignoreExists: true }),
    "sync()": async () => (await image().sync()).join(),
    "addFiles()": async () => shape(await image().addFiles({ "/c": directory })),
    "addFiles() of a path and a target": async () =>
      shape(await image().addFiles(directory, "/c", { ignores: ["sub"] })),
    "addFiles() of an object and a target": () => image().addFiles({ "/c": directory }, "/d"),
    "addFiles() of a missing path": () => image().addFiles({ "/c": `${directory}/nothing` }),
    "addLayer()": async () =>
      shape(await image().addLayer(missing, missing, 1, ["https://x.test"])),
    "removeLayer()": async () => {
      const one = image();
      return [await one.removeLayer(digest), await one.removeLayer(missing)];
    },
    "getImageConfig()": async () => typeof await image().getImageConfig(),
    "loadImageData()": async () => shape(await image().loadImageData()),
    "client() by an object": async () =>
      typeof await image().client({ registry: host, namespace: "acme", image: "base", tag: "1" }),
  });
  const authOf = (name, options) => async () =>
    JSON.stringify(await auth(`${host}/${name}`, "pull", options));
  Object.assign(calls, {
    "auth() of a token": authOf("acme/app", { [host]: { token: "t" } }),
    "auth() of a user": authOf("acme/app", { [host]: { Username: "a", Secret: "b" } }),
    "auth() by a namespace": authOf("acme/app", { [`${host}/acme`]: { token: "t" } }),
    "auth() by another registry": authOf("acme/app", { "other.test": { token: "t" } }),
    "auth() by a part of the name": authOf("acme/app", { [host.split(":")[0]]: { token: "t" } }),
    "auth() of nobody": authOf("acme/app", undefined),
  });
  for (const [name, call] of Object.entries(calls)) results[name] = await outcome(call);
  return results;
}

/** Without this container-image-builder asks credential helpers, and fails. */
const AUTH = (host) => ({ auth: { [host]: { Username: "nobody", Secret: "nothing" } } });

const [, program, module, directory, host] = process.argv;
if (program && import.meta.url === pathToFileURL(program).href && host) {
  const lost = () => hasCrashed = true;
  process.on("uncaughtException", lost).on("unhandledRejection", lost);
  const { log } = console;
  console.log = console.error = () => {};
  const require = createRequire(`${process.cwd()}/x.js`);
  const results = await callAll(require(module), directory, host);
  log(JSON.stringify(results));
  process.exit();
}
