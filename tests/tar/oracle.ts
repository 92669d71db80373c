/** Other people's tar: GNU tar, libarchive's bsdtar, and tar-stream of npm. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type Bytes, type ByteStream, concatBytes } from "../../lib/base/bytes.ts";

/** What an archive holds, in the words that all readers have in common. */
export interface Listed {
  readonly path: string;
  /** "file", "directory", "symlink", "hard-link", "fifo", "character-device" or "block-device". */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds. */
  readonly mtime: number;
  readonly size: number;
  readonly linkPath: string;
}

/** Output of a program, or why there is none. */
export function run(
  command: string,
  args: readonly string[],
  input?: Uint8Array,
  directory?: string,
): { readonly status: number | null; readonly output: Uint8Array; readonly errors: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input: input ?? "",
    cwd: directory,
    maxBuffer: 2 ** 30,
    // Names beyond ASCII, but no translated messages and no local time.
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC" },
  });
  return {
    status,
    output: stdout ?? new Uint8Array(),
    errors: error?.message ?? new TextDecoder().decode(stderr ?? undefined),
  };
}

function version(command: string): string {
  return new TextDecoder().decode(run(command, ["--version"]).output);
}

/** Why tests with a tool are skipped; false where it is there. */
export const SKIP_GNU_TAR: string | false = version("tar").includes("GNU tar")
  ? false
  : "GNU tar is not installed";
/** As {@linkcode SKIP_GNU_TAR}. */
export const SKIP_BSDTAR: string | false = version("bsdtar").includes("bsdtar")
  ? false
  : "bsdtar is not installed";

/** As {@linkcode SKIP_GNU_TAR}. */
export const SKIP_GO: string | false = spawnSync("go", ["version"]).status === 0
  ? false
  : "Go is not installed";

const GNU_TYPES: Readonly<Record<string, string>> = {
  "-": "file",
  d: "directory",
  l: "symlink",
  h: "hard-link",
  p: "fifo",
  c: "character-device",
  b: "block-device",
};

/** Reads rwxrwxrwx with s, S, t and T. */
function parsePermissions(text: string): number {
  let mode = 0;
  for (const [index, character] of [...text].entries()) {
    if (/[rwxst]/.test(character)) mode |= 0o400 >> index;
    if (/[sStT]/.test(character)) mode |= 0o4000 >> (index - 2) / 3;
  }
  return mode;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** Takes a string of C out of its quotes. */
function unquote(text: string): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [, octal, escaped, plain] of text.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gu)) {
    if (octal !== undefined) bytes.push(parseInt(octal, 8));
    else bytes.push(...encoder.encode(plain ?? ESCAPES[escaped ?? ""] ?? escaped));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const GNU_LINE =
  /^(.)(\S{9}) +(\d+)\/(\d+) +([\d,]+) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\S* +"((?:[^"\\]|\\.)*)"(?: (?:->|link to) "((?:[^"\\]|\\.)*)")?$/u;

/**
 * What GNU tar lists.
 *
 * @param file An archive's path.
 */
export function listWithGnuTar(file: string): Listed[] {
  const { status, output, errors } = run("tar", [
    ...["--list", "--verbose", "--numeric-owner", "--full-time", "--quoting-style=c"],
    ...["--absolute-names", "--file", file],
  ]);
  if (status !== 0) throw new Error(`GNU tar: ${errors}`);
  return new TextDecoder().decode(output).trimEnd().split("\n").map((line) => {
    const [, type = "", permissions = "", uid, gid, size = "", time, path = "", link = ""] =
      GNU_LINE.exec(line) ?? [];
    if (path === "") throw new Error(`Cannot understand GNU tar: ${line}`);
    return {
      path: unquote(path),
      type: GNU_TYPES[type] ?? type,
      mode: parsePermissions(permissions),
      uid: Number(uid),
      gid: Number(gid),
      mtime: Date.parse(`${time}Z`.replace(" ", "T")) / 1000,
      size: size.includes(",") ? 0 : Number(size),
      linkPath: unquote(link),
    };
  });
}

const MTREE_TYPES: Readonly<Record<string, string>> = {
  dir: "directory",
  link: "symlink",
  char: "character-device",
  block: "block-device",
};

/**
 * What bsdtar lists, through its conversion to mtree; hard links are among the files there.
 *
 * @param file An archive's path.
 */
export function listWithBsdtar(file: string): (Listed & { readonly sha256: string })[] {
  const keywords = "!all,type,mode,uid,gid,time,size,link,sha256";
  const { status, output, errors } = run("bsdtar", [
    ...["-cf", "-", "--format=mtree", "--options", keywords.replaceAll(",", ",mtree:")],
    `@${file}`,
  ]);
  if (status !== 0) throw new Error(`bsdtar: ${errors}`);
  return new TextDecoder().decode(output).split("\n").filter((line) => line.startsWith("."))
    .map((line) => {
      const [path = "", ...words] = line.split(" ");
      const value = (name: string): string =>
        words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
      const type = MTREE_TYPES[value("type")] ?? value("type");
      return {
        path: unquote(path.slice(2)),
        type,
        mode: parseInt(value("mode"), 8),
        uid: Number(value("uid")),
        gid: Number(value("gid")),
        mtime: Math.floor(Number(value("time"))),
        size: Number(value("size")),
        linkPath: unquote(value("link")),
        sha256: value("sha256digest") || value("sha256"),
      };
    });
}

/** The parts of tar-stream that are used here. */
interface TarStream {
  extract():
    & NodeJS.WritableStream
    & AsyncIterable<
      & { readonly header: Record<string, unknown>; resume(): void }
      & AsyncIterable<Uint8Array>
    >;
  pack(): NodeJS.ReadableStream & AsyncIterable<Uint8Array> & {
    entry(header: Record<string, unknown>, content?: string): unknown;
    finalize(): void;
  };
}

const VERSION = "3.1.7";

/** Installs tar-stream into a directory of its own, once a machine; undefined where npm or its registry is not there. */
export function loadTarStream(): TarStream | undefined {
  const directory = join(tmpdir(), `appendlayer-tar-stream-${VERSION}`);
  if (!existsSync(directory)) {
    // Complete before anybody sees it: other tests may look for it at the same time.
    const pending = mkdtempSync(`${directory}-`);
    const { status } = spawnSync("npm", [
      ...["install", "--silent", "--no-audit", "--no-fund", "--prefix", pending],
      `tar-stream@${VERSION}`,
    ], { timeout: 60_000 });
    if (status !== 0) {
      rmSync(pending, { recursive: true });
      return undefined;
    }
    try {
      renameSync(pending, directory);
    } catch {
      rmSync(pending, { recursive: true });
    }
  }
  try {
    return createRequire(join(directory, "index.js"))("tar-stream");
  } catch {
    return undefined;
  }
}

/** What tar-stream reads, with all content handed to a function. */
export async function listWithTarStream(
  { extract }: TarStream,
  archive: ByteStream,
  onContent: (chunk: Uint8Array) => void,
): Promise<Listed[]> {
  const listed: Listed[] = [];
  const extractor = extract();
  const source = Readable.from(archive);
  source.on("error", (error) => (extractor as unknown as Readable).destroy(error));
  source.pipe(extractor);
  const types: Readonly<Record<string, string>> = { link: "hard-link" };
  for await (const entry of extractor) {
    const { name, type, mode, uid, gid, mtime, size, linkname } = entry.header;
    listed.push({
      path: String(name),
      type: types[String(type)] ?? String(type),
      mode: Number(mode),
      uid: Number(uid),
      gid: Number(gid),
      mtime: Math.floor((mtime as Date).getTime() / 1000),
      size: Number(size),
      linkPath: String(linkname ?? ""),
    });
    for await (const chunk of entry) onContent(chunk);
  }
  return listed;
}

/** Reads archives, each behind its length, and prints a line for each: what is wrong, then paths and link targets. */
const GO_READER = `package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

func main() {
	var size uint32
	file, _ := os.Open(os.Args[1])
	input := bufio.NewReader(file)
	for binary.Read(input, binary.LittleEndian, &size) == nil {
		archive := make([]byte, size)
		io.ReadFull(input, archive)
		reader := tar.NewReader(bytes.NewReader(archive))
		line := ""
		header, err := reader.Next()
		for ; err == nil; header, err = reader.Next() {
			if header.Typeflag == tar.TypeXGlobalHeader {
				continue
			}
			link := ""
			if header.Typeflag == tar.TypeLink || header.Typeflag == tar.TypeSymlink {
				link = header.Linkname
			}
			line += fmt.Sprintf(" %x:%x", header.Name, link)
			if _, err := io.Copy(io.Discard, reader); err != nil {
				line += " " + err.Error()
			}
		}
		fmt.Printf("%v%s\\n", err, line)
	}
}
`;

/** Builds a program around Go's archive/tar, which is in every container engine; undefined where there is no Go. */
export function buildGoReader(directory: string): string | undefined {
  writeFileSync(join(directory, "go.mod"), "module reader\n\ngo 1.21\n");
  writeFileSync(join(directory, "main.go"), GO_READER);
  const { status } = spawnSync("go", ["build", "-o", "reader", "."], {
    cwd: directory,
    timeout: 120_000,
  });
  return status === 0 ? join(directory, "reader") : undefined;
}

/** What Go reads of archives: "EOF" where all is well, then hexadecimal paths and link targets. */
export function listWithGo(reader: string, archives: readonly Bytes[]): string[] {
  const input = archives.flatMap((archive) => {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, archive.length, true);
    return [size, archive];
  });
  // Not through a pipe: Deno writes all of it before it reads the answer, which fills a pipe of its own.
  const file = `${reader}.input`;
  writeFileSync(file, concatBytes(input));
  const { output } = run(reader, [file]);
  return new TextDecoder().decode(output).trimEnd().split("\n");
}
