/** An archive as a read-only directory, so that an OCI image layout in a tar is read as a layout. */

import type { ByteStream } from "../base/bytes.ts";
import type { Directory, PendingFile } from "../layout/directory.ts";
import type { ArchiveMembers } from "./archive_members.ts";

/** Makes a directory of an archive. */
export function memberDirectory(name: string, members: ArchiveMembers): Directory {
  const refuse = (): TypeError =>
    new TypeError(`Cannot write to "${name}": an archive is written as a whole`);
  return {
    name,
    read(path, start = 0): Promise<ByteStream | undefined> {
      const place = members.find(path);
      return Promise.resolve(place && members.open(place, start));
    },
    size: (path) => Promise.resolve(members.find(path)?.size),
    create: (): Promise<PendingFile> => Promise.reject(refuse()),
    exclusive: () => Promise.reject(refuse()),
  };
}
