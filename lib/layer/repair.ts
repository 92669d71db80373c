/** Repairs the entries of an archive so that engines take them. */

import type { PaxRecord, TarEntryHeader } from "../tar/entry.ts";
import { isField, paxValues } from "../tar/pax.ts";
import type { SparseMap } from "../tar/sparse.ts";
import type { Warning } from "../storage/warning.ts";
import { show } from "./refuse_entry.ts";

/**
 * Kinds of repairs: a contiguous file became a plain one, a directory of an incremental dump a directory, a sparse file a whole one;
 * extended attributes of another system, a volume label and repeated entries were left out; a global header was applied to each entry, and
 * zstd data with a skippable frame was compressed again.
 */
export type RepairKind =
  | "contiguous"
  | "dump-directory"
  | "foreign-attributes"
  | "global-header"
  | "label"
  | "repeated"
  | "sparse"
  | "zstd-frames";

/** A change of an archive. */
export interface Repair {
  /** Path of the entry as the archive has it; empty if the repair is of the whole archive. */
  readonly path: string;
  /** What was done. */
  readonly kind: RepairKind;
}

/** Why a repair is needed, as the end of a sentence that starts with the entry. */
const REASONS: Readonly<Record<RepairKind, string>> = {
  "contiguous": "is a contiguous file, which engines refuse",
  "dump-directory": "is a directory of an incremental dump, which engines refuse",
  "foreign-attributes": "has extended attributes of another system, which Docker refuses",
  "global-header": "is behind a global extended header, which umoci refuses",
  "label": "is a volume label, which engines refuse",
  "repeated": "is in it twice, which Docker and Podman refuse",
  "sparse": "is a sparse file, which engines refuse or cannot write again",
  "zstd-frames": "begins with a skippable frame of zstd, which Podman and umoci refuse",
};

/** Why a repair is needed, as a clause. */
export function describeRepair({ path, kind }: Repair): string {
  return `${path === "" ? "it" : `the entry ${show(path)}`} ${REASONS[kind]}`;
}

/** The warning of compressed input that is compressed again for a repair. */
export function recompressed(name: string, repair: Repair): Warning {
  return {
    code: "recompressed",
    message: `The archive of ${name} is compressed again, because ${describeRepair(repair)}`,
    ...(repair.path === "" ? {} : { path: repair.path }),
  };
}

/** The warning of a skippable frame that is kept. */
export const SKIPPABLE_FRAME: Warning = {
  code: "zstd-frames",
  message:
    "The layer begins with a skippable frame of zstd, as pzstd writes it: Podman and umoci cannot unpack it",
  engines: ["Podman", "umoci"],
};

/** Bytes up to which a sparse file is always made whole. */
const SMALL_SPARSE = 2 ** 30;

/** How many times the stored bytes a larger one may have. */
const SPARSE_RATIO = 100;

/** Prefixes of records that hold extended attributes: of star, which GNU tar and engines follow, and of libarchive. */
const ATTRIBUTES = /^(?:SCHILY|LIBARCHIVE)\.xattr\./;

/** The namespaces that Linux has (xattr(7)); lsetxattr(2) fails for all others. */
const LINUX_ATTRIBUTES = /^(?:SCHILY|LIBARCHIVE)\.xattr\.(?:security|system|trusted|user)\./;

/** Records of a global header that are not about entries. */
const NOT_OF_ENTRIES = new Set(["charset", "comment", "hdrcharset"]);

/** Why a sparse file is not made whole, as the end of a sentence; undefined if it is. */
export function refuseSparse(
  { path }: TarEntryHeader,
  { realSize, regions }: SparseMap,
): string | undefined {
  if (realSize <= SMALL_SPARSE) return undefined;
  const stored = regions.reduce((sum, size, index) => index % 2 === 0 ? sum : sum + size, 0);
  if (realSize <= SPARSE_RATIO * stored) return undefined;
  return `the sparse file ${
    show(path)
  } would be written with ${realSize} bytes, of which ${stored} are stored: engines refuse sparse files, and this one is too large to be made whole; leave it out, or make it smaller`;
}

/** Changes an entry so that engines take it. Returns undefined if nothing has to be changed; an undefined `entry` leaves it out. */
export function repairEntry(
  entry: TarEntryHeader,
  sparse: SparseMap | undefined,
): { readonly entry: TarEntryHeader | undefined; readonly kind: RepairKind } | undefined {
  switch (entry.typeFlag) {
    case "V":
      return { entry: undefined, kind: "label" };
    case "D": {
      const { linkPath: _, ...directory } = entry;
      return {
        entry: { ...directory, type: "directory", typeFlag: "5", size: 0 },
        kind: "dump-directory",
      };
    }
    case "7":
      // A path with a slash at its end is refused later.
      if (sparse !== undefined || entry.path.endsWith("/")) break;
      return { entry: { ...entry, typeFlag: "0" }, kind: "contiguous" };
  }
  if (sparse === undefined) return undefined;
  const records = entry.records?.filter(([keyword]) => !keyword.startsWith("GNU.sparse."));
  return {
    entry: { ...withRecords(entry, records), typeFlag: "0", size: sparse.realSize },
    kind: "sparse",
  };
}

/** Leaves out extended attributes of other systems; returns the same entry if it has none. */
export function dropForeignAttributes(entry: TarEntryHeader): TarEntryHeader {
  const { records } = entry;
  if (records === undefined) return entry;
  const kept = records.filter(([keyword]) =>
    !ATTRIBUTES.test(keyword) || LINUX_ATTRIBUTES.test(keyword)
  );
  return kept.length === records.length ? entry : withRecords(entry, kept);
}

function withRecords(
  entry: TarEntryHeader,
  records: readonly PaxRecord[] | undefined,
): TarEntryHeader {
  const { records: _, ...rest } = entry;
  return records === undefined || records.length === 0 ? rest : { ...rest, records };
}

/** The records of global headers that are about entries. The last one of a keyword counts. */
export class GlobalRecords {
  readonly #records = new Map<string, string>();

  /** Adds the records of the next global header. */
  add(records: readonly PaxRecord[]): void {
    for (const [keyword, value] of records) {
      // An empty value removes the record (POSIX.1-2001, pax Extended Header).
      if (value === "") this.#records.delete(keyword);
      else if (!NOT_OF_ENTRIES.has(keyword)) this.#records.set(keyword, value);
    }
  }

  /** The entry with the records that its own header does not override; the same object if there are none. */
  apply(entry: TarEntryHeader): TarEntryHeader {
    if (this.#records.size === 0) return entry;
    const own = entry.records ?? [];
    const inherited = [...this.#records].filter(([keyword]) =>
      !own.some(([other]) => other === keyword)
    );
    if (inherited.length === 0) return entry;
    const records = [...inherited.filter(([keyword]) => !isField(keyword)), ...own];
    return { ...withRecords(entry, records), ...paxValues(inherited) };
  }
}
