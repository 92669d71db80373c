/** Archives that other programs make, of one tree that has a bit of everything. */

import fs from "node:fs";
import { join } from "node:path";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { loadTarStream, run, SKIP_BSDTAR, SKIP_GNU_TAR } from "./oracle.ts";

/**
 * Makes the tree on disk.
 *
 * @returns the paths in it.
 */
export function makeSampleTree(root: string): string[] {
  const long = `${"d".repeat(120)}/${"f".repeat(130)}`;
  const files: Readonly<Record<string, string>> = {
    "empty": "",
    "small": "small\n",
    "dir/blocks": "x".repeat(1_536),
    "dir/sub/ünïcödé 層🚀": "unicode",
    "dir/space and \"quotes\" \\ 'all'": "q",
    [long]: "long",
    [`dir/${"n".repeat(101)}`]: "name",
    [`${"p/".repeat(60)}${"n".repeat(60)}`]: "prefix",
  };
  for (const [path, text] of Object.entries(files)) {
    fs.mkdirSync(join(root, path, ".."), { recursive: true });
    fs.writeFileSync(join(root, path), text);
  }
  fs.mkdirSync(join(root, "dir/void"));
  fs.symlinkSync("small", join(root, "symlink"));
  fs.symlinkSync(`../${"t".repeat(150)}`, join(root, "dir/long-target"));
  fs.linkSync(join(root, "small"), join(root, "xlink"));
  fs.chmodSync(join(root, "small"), 0o4755);
  fs.chmodSync(join(root, "dir/void"), 0o1777);
  const sparse = fs.openSync(join(root, "sparse"), "w");
  for (const [index, offset] of [70_000, 300_000, 700_000, 1_500_000, 1_900_000].entries()) {
    fs.writeSync(sparse, `data ${index}`, offset);
  }
  fs.ftruncateSync(sparse, 2_000_000);
  fs.closeSync(sparse);
  return fs.readdirSync(root, { recursive: true }).map(String);
}

/** A program in one of its modes. */
export interface Archiver {
  readonly name: string;
  readonly skip: string | false;
  /** Makes an archive of what is in a directory; undefined if the program cannot. */
  readonly make: (source: string) => Bytes | undefined | Promise<Bytes | undefined>;
}

function runIn(source: string, command: string, args: readonly string[]): Bytes {
  const { output, errors } = run(command, args, undefined, source);
  // Some leave out what the format cannot hold, and fail at their end.
  if (output.length === 0) throw new Error(errors);
  return new Uint8Array(output);
}

const GNU_MODES: Readonly<Record<string, readonly string[]>> = {
  v7: ["--format=v7"],
  oldgnu: ["--format=oldgnu"],
  "oldgnu, sparse": ["--format=oldgnu", "--sparse"],
  gnu: ["--format=gnu"],
  "gnu, sparse": ["--format=gnu", "--sparse"],
  "gnu, numeric": ["--format=gnu", "--numeric-owner", "--owner=:3000000", "--mtime=@-5"],
  ustar: ["--format=ustar"],
  pax: ["--format=posix"],
  "pax, sparse 0.0": ["--format=posix", "--sparse", "--sparse-version=0.0"],
  "pax, sparse 0.1": ["--format=posix", "--sparse", "--sparse-version=0.1"],
  "pax, sparse 1.0": ["--format=posix", "--sparse", "--sparse-version=1.0"],
  "pax, global": ["--format=posix", "--pax-option=globexthdr.name=g,comment=global"],
};

const tarStream = loadTarStream();

async function packWithTarStream(source: string): Promise<Bytes | undefined> {
  if (tarStream === undefined) return undefined;
  const pack = tarStream.pack();
  for (const name of fs.readdirSync(source, { recursive: true }).map(String)) {
    const local = join(source, name);
    const { mode, mtime } = fs.lstatSync(local);
    if (fs.lstatSync(local).isDirectory()) pack.entry({ name, type: "directory", mode, mtime });
    else if (fs.lstatSync(local).isSymbolicLink()) {
      pack.entry({ name, type: "symlink", mode, mtime, linkname: fs.readlinkSync(local) });
    } else pack.entry({ name, mode, mtime }, fs.readFileSync(local, "latin1").slice(0, 5_000));
  }
  pack.finalize();
  const chunks: Bytes[] = [];
  for await (const chunk of pack) chunks.push(new Uint8Array(chunk));
  return concatBytes(chunks);
}

/** All that there are. */
export const ARCHIVERS: readonly Archiver[] = [
  ...Object.entries(GNU_MODES).map(([mode, options]): Archiver => ({
    name: `GNU tar (${mode})`,
    skip: SKIP_GNU_TAR,
    make: (source) => runIn(source, "tar", ["--create", "--file=-", ...options, "."]),
  })),
  ...["v7", "ustar", "pax", "gnutar"].map((format): Archiver => ({
    name: `bsdtar (${format})`,
    skip: SKIP_BSDTAR,
    make: (source) => runIn(source, "bsdtar", ["-cf", "-", `--format=${format}`, "."]),
  })),
  {
    name: "tar-stream",
    skip: tarStream === undefined && "tar-stream cannot be installed from npm",
    make: packWithTarStream,
  },
];
