/** Packs local and custom files into an archive, as `container-image-builder` did. */

import type { ByteStream } from "../base/bytes.ts";
import { filesLayer } from "../layer/files/files_layer.ts";
import { joinImagePath, normalizeImagePath } from "../layer/files/image_path.ts";
import type { OpenableInput } from "../layer/layer_input.ts";
import type { LocalFiles } from "../layer/files/local_files.ts";
import type { FileSource } from "../layer/files/source_file.ts";
import { type CustomFile, customSource, isCustomFile, takeContent } from "./custom_file.ts";
import { defaultHost } from "../host/default_host.ts";
import type { NativeStream } from "../host/native_stream.ts";
import { toNativeStream } from "../host/native_types.ts";
import type { Host } from "../image/access/runtime_host.ts";
import { createPackIgnore } from "./pack_ignore.ts";
import { checkPackOptions, type PackOptions } from "./pack_options.ts";
import { filterSource } from "./pack_tar_filter.ts";

export type { PackOptions, PackTarEntry, PackTarOptions } from "./pack_options.ts";

/** What to pack: a local path, which is also the path in the image; or local paths and custom files by their path in the image. */
export type PackPaths = string | Readonly<Record<string, string | CustomFile>>;

/**
 * Packs files into an archive. By default its entries are sorted, owned by 0:0 and dated 1970-01-01.
 *
 * @example
 * ```ts
 * import { CustomFile, pack } from "@x/appendlayer/container-image-builder";
 *
 * const hosts = new CustomFile({ mode: 0o644, data: new TextEncoder().encode("127.0.0.1 app") });
 * const archive = pack({ "/srv": "site", "/etc/hosts": hosts }, { ignores: ["*.map"] });
 * for await (const chunk of archive) console.log(chunk.length);
 * ```
 * @returns a stream, which fails if a file cannot be read.
 * @throws {TypeError} if an option is unknown.
 * @throws {SyntaxError} if a path in the image is invalid.
 */
export function pack(paths: PackPaths, options: PackOptions = {}): NativeStream {
  return toNativeStream(packFiles(paths, options).open());
}

/**
 * Packs files into an archive.
 *
 * @param host Reads local files.
 * @returns an input that reads the files again with each opening; if one of them is a stream, it can be opened only once.
 * @throws {SyntaxError} if a path in the image is invalid.
 * @throws {TypeError} if an option is unknown and, while reading, if this runtime has no local files.
 */
export function packFiles(paths: PackPaths, options: PackOptions, host?: Host): OpenableInput {
  checkPackOptions(options);
  const { prefix = "", noMtime, mtime, filter } = options.tar ?? {};
  const entries = Object.entries(typeof paths === "string" ? { [paths]: paths } : paths)
    .map(([path, file]) => {
      const destination = placed(prefix, path);
      if (typeof file === "string") return { path, destination, file };
      if (!isCustomFile(file)) {
        throw new TypeError(
          `Cannot pack "${path}": expected a local path or a CustomFile, got ${
            file === null ? "null" : typeof file
          }`,
        );
      }
      return { path, destination, file, content: takeContent(path, file) };
    });
  async function* open(): ByteStream {
    const sources: FileSource[] = [];
    for (const { path, file, destination, content } of entries) {
      const source = typeof file === "string"
        ? await localSource(destination, file, options, await requireFiles(host))
        : customSource(destination.replace(/\/$/, ""), file, content);
      sources.push(filter === undefined ? source : filterSource(source, path, filter));
    }
    const time = mtime !== undefined
      ? Math.floor(mtime.getTime() / 1000)
      : noMtime === false
      ? "keep"
      : 0;
    yield* filesLayer({ sources, mtime: time, exactDestinations: true })();
  }
  const replayable = entries.every(({ content }) => content?.replayable !== false);
  return { replayable, open };
}

async function localSource(
  destination: string,
  source: string,
  options: PackOptions,
  files: LocalFiles,
): Promise<FileSource> {
  const ignore = await createPackIgnore(source, options, files);
  const dereference = options.find_links !== false;
  const name = files.slashed(source);
  return { name, destination, files: () => files.walk(source, { ignore, dereference }) };
}

async function requireFiles(host: Host | undefined): Promise<LocalFiles> {
  const { files } = host ?? await defaultHost();
  if (files !== undefined) return files;
  throw new TypeError("Cannot add local files: this runtime has none; use CustomFile");
}

/** A path in the image. A trailing slash is kept: then a file goes into that directory. */
function placed(prefix: string, path: string): string {
  // Keys may be local paths of Windows.
  const slashed = path.replace(/^[A-Za-z]:(?=[\\/])/, "").replaceAll("\\", "/");
  try {
    const joined = joinImagePath(normalizeImagePath(prefix), normalizeImagePath(slashed));
    return slashed.endsWith("/") && joined !== "" ? `${joined}/` : joined;
  } catch (cause) {
    throw new SyntaxError(
      `Cannot pack into ${JSON.stringify(path)}: it is not a path in an image`,
      { cause },
    );
  }
}
