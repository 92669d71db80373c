/** What is changed of an archive so that engines take it, entry by entry. */

import type { PaxRecord, TarEntryHeader } from "../tar/entry.ts";
import { isField, paxValues } from "../tar/pax.ts";
import type { SparseMap } from "../tar/sparse.ts";
import type { Warning } from "../storage/warning.ts";
import { show } from "./refuse_entry.ts";

/**
 * Kinds of repairs: a contiguous file became a plain one, a directory of an incremental dump a directory, a sparse file a whole one;
 * attributes of another system, a volume label and a path's repetitions were left out; a global header was applied to each entry, and
 * what begins with a skippable frame of zstd compressed again.
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
  /** As the archive has it; empty where it is none of an entry. */
  readonly path: string;
  /** What was done. */
  readonly kind: RepairKind;
}

/** What a repair is for, as the end of a sentence that starts with the entry. */
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

/** What a repair is for, as the start of a sentence. */
export function describeRepair({ path, kind }: Repair): string {
  return `${path === "" ? "it" : `the entry ${show(path)}`} ${REASONS[kind]}`;
}

/** What is told of an archive that came compressed and could not stay as it was. */
export function recompressed(name: string, repair: Repair): Warning {
  return {
    code: "recompressed",
    message: `The archive of ${name} is compressed again, because ${describeRepair(repair)}`,
    ...(repair.path === "" ? {} : { path: repair.path }),
  };
}

/** What is told of a skippable frame that stays. */
export const SKIPPABLE_FRAME: Warning = {
  code: "zstd-frames",
  message:
    "The layer begins with a skippable frame of zstd, as pzstd writes it: Podman and umoci cannot unpack it",
  engines: ["Podman", "umoci"],
};

/** Bytes of a sparse file that are written whatever little of it is stored. */
const SMALL_SPARSE = 2 ** 30;

/** How much larger the whole may be than what is stored, beyond that. */
const SPARSE_RATIO = 100;

/** Prefixes of records that hold extended attributes: of star, which GNU tar and engines follow, and of libarchive. */
const ATTRIBUTES = /^(?:SCHILY|LIBARCHIVE)\.xattr\./;

/** The namespaces that Linux has (xattr(7)); of all others lsetxattr(2) says that they are not supported. */
const LINUX_ATTRIBUTES = /^(?:SCHILY|LIBARCHIVE)\.xattr\.(?:security|system|trusted|user)\./;

/** Records of a global header that say nothing of an entry. */
const NOT_OF_ENTRIES = new Set(["charset", "comment", "hdrcharset"]);

/** Why a sparse file is not made whole, as the end of a sentence; undefined where it is. */
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

/** Changes an entry so that engines take it. Undefined leaves it out; the entry itself is as it should be. */
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
      // With a slash at its end it is refused.
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

/** Leaves out what another system has written; returns the entry itself where that is nothing. */
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

/** The records of global headers, as far as they say something of entries: of several with one keyword the last one holds. */
export class GlobalRecords {
  readonly #records = new Map<string, string>();

  /** Takes those of the next header. */
  add(records: readonly PaxRecord[]): void {
    for (const [keyword, value] of records) {
      // An empty value takes the record back (POSIX.1-2001, pax Extended Header).
      if (value === "") this.#records.delete(keyword);
      else if (!NOT_OF_ENTRIES.has(keyword)) this.#records.set(keyword, value);
    }
  }

  /** The entry with all that its own header does not override; the same one where there is nothing. */
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
