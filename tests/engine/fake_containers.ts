/** Containers of an engine in memory, for tests: made, asked for what they have at a path, and taken away. */

import { collectBytes } from "../../lib/base/collect.ts";
import { encodeBase64 } from "../../lib/base/base64.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { writeTar } from "../../lib/tar/writer.ts";

/** Bits of Go's `fs.FileMode`. */
const GO_KINDS: Readonly<Record<string, number>> = { directory: 2 ** 31, symlink: 2 ** 27 };

const OWNER = { uid: 0, gid: 0, mtime: 0, size: 0 };
const ROOT: TarEntry = { ...OWNER, path: "/", type: "directory", mode: 0o755 };

/** Containers that are there. */
export interface FakeContainers {
  /** What each was made with, by its ID. */
  readonly all: Map<string, Readonly<Record<string, unknown>>>;
  /** Answers what has to do with containers. */
  answer(url: URL, init: RequestInit): Promise<Response | undefined>;
}

/** @param files What every image has. */
export function createFakeContainers(files: readonly TarEntry[]): FakeContainers {
  const all = new Map<string, Readonly<Record<string, unknown>>>();
  let made = 0;
  const nameOf = ({ path }: TarEntry): string => path.replace(/\/$/, "");
  return {
    all,
    async answer(url, { method = "GET", body }): Promise<Response | undefined> {
      const [, kind, id = "", action] = url.pathname.split("/");
      if (kind !== "containers") return undefined;
      if (id === "create") {
        const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : "{}";
        all.set(`c${++made}`, JSON.parse(text));
        return new Response(JSON.stringify({ Id: `c${made}`, Warnings: [] }), { status: 201 });
      }
      if (!all.has(id)) return new Response('{"message":"No such container"}', { status: 404 });
      if (method === "DELETE") {
        all.delete(id);
        return new Response(null, { status: 204 });
      }
      const path = url.searchParams.get("path")?.slice(1) ?? "";
      const entry = path === "" ? ROOT : files.find((one) => nameOf(one) === path);
      if (action !== "archive" || entry === undefined) {
        return new Response('{"message":"no such file"}', { status: 404 });
      }
      const mode = entry.mode + (GO_KINDS[entry.type] ?? 0);
      const stat = encodeBase64(JSON.stringify({ name: "x", mode, linkTarget: entry.linkPath }));
      const below = files.filter((one) => nameOf(one).startsWith(`${path}/`));
      const up = path.lastIndexOf("/") + 1;
      const archive = [entry, ...below].map((one) => ({ ...one, path: one.path.slice(up) }));
      return new Response(method === "HEAD" ? null : await collectBytes(writeTar(archive)), {
        headers: { "x-docker-container-path-stat": stat },
      });
    },
  };
}
