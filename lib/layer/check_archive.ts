/** Checks and repairs an archive, entry by entry, so that all container engines take it. */

import type { PaxRecord, TarEntryHeader } from "../tar/entry.ts";
import type { TarEditorOptions } from "../tar/editor.ts";
import type { SparseMap } from "../tar/sparse.ts";
import type { EntryAligner } from "./base/entry_aligner.ts";
import type { Warning } from "../storage/warning.ts";
import { EntryPlaces } from "./entry_places.ts";
import { imagePathOf } from "./files/image_path.ts";
import { ImageFinder } from "./image_finder.ts";
import type { PathTable } from "./path_table.ts";
import { LateDirectory, NeedsRepair, Refusal } from "./refusal.ts";
import { refuseEntry, show } from "./refuse_entry.ts";
import {
  dropForeignAttributes,
  GlobalRecords,
  refuseSparse,
  type Repair,
  repairEntry,
  type RepairKind,
} from "./repair.ts";

const NONE: readonly TarEntryHeader[] = [];

/** PAX records that set the owner of an entry. */
const OWNERS: ReadonlySet<string> = /* @__PURE__ */ new Set(["uid", "gid", "uname", "gname"]);

/** The most repairs that are listed for one layer. */
const MOST_LISTED = 1_000;

/** Options of {@linkcode ArchiveChecker}. */
export interface ArchiveCheckerOptions {
  /**
   * Whether the archive is kept byte for byte: an entry that needs a repair is then an error.
   *
   * @default {false}
   */
  readonly isKept?: boolean | undefined;
  /**
   * Whether each entry is checked by itself only: another checker compares them with each other later.
   *
   * @default {false}
   */
  readonly isFirst?: boolean | undefined;
  /** What is known of the whole archive, if it was read before. */
  readonly survey?: { readonly last: PathTable; readonly directories: PathTable } | undefined;
  /**
   * Whether the archive can be read again.
   *
   * @default {false}
   */
  readonly canReread?: boolean | undefined;
  /** Places the entries on a base. */
  readonly aligner?: EntryAligner | undefined;
  /** Told of every entry as it is written. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /** Told of entries that not every engine takes. */
  readonly onWarning: (warning: Warning) => void;
}

/** Decides for each entry of an archive whether it is kept, changed, left out or refused. */
export class ArchiveChecker implements TarEditorOptions {
  readonly #options: ArchiveCheckerOptions;
  readonly #places: EntryPlaces | undefined;
  readonly #globals = new GlobalRecords();
  readonly #image = new ImageFinder();
  readonly #repaired: Repair[] = [];
  #isEmpty = true;
  /** Whether a global header has changed the owner of entries in the middle of the archive. */
  #changesOwners = false;
  /** Paths of entries that were moved through links of the base, and of parents' entries that were added. */
  readonly #placed = new Set<string>();
  #before: readonly TarEntryHeader[] = NONE;

  constructor(options: ArchiveCheckerOptions) {
    this.#options = options;
    this.#places = options.isFirst
      ? undefined
      : new EntryPlaces({ ...options, last: options.survey?.last });
  }

  /** The repairs, at most the first {@linkcode MOST_LISTED}. */
  get repaired(): readonly Repair[] {
    return this.#repaired;
  }

  /** Bytes of memory that the paths take. */
  get byteLength(): number {
    return this.#places?.byteLength ?? 0;
  }

  /** See {@linkcode EntryAligner.prepare}. */
  readonly prepare = (entry: TarEntryHeader): Promise<void> | undefined =>
    this.#options.aligner?.prepare(entry);

  /** Entries that are to be written before the last one. */
  readonly before = (): readonly TarEntryHeader[] => {
    const before = this.#before;
    this.#before = NONE;
    return before;
  };

  /**
   * Takes an entry, and returns the one to write instead; undefined if it is left out.
   *
   * @throws {Refusal} if it cannot be in a layer.
   * @throws {RepeatedPath} if its path occurred before.
   * @throws {NeedsRepair} if it would have to be changed and must not be.
   */
  readonly onEntry = (
    original: TarEntryHeader,
    sparse: SparseMap | undefined,
  ): TarEntryHeader | undefined => {
    const { path } = original;
    let entry = this.#globals.apply(original);
    if (sparse !== undefined) refuse(refuseSparse(entry, sparse));
    const repair = repairEntry(entry, sparse);
    if (repair !== undefined) {
      this.#repair(path, repair.kind);
      if (repair.entry === undefined) return undefined;
      entry = repair.entry;
    }
    const plain = dropForeignAttributes(entry);
    if (plain !== entry) this.#repair(path, "foreign-attributes");
    const place = imagePathOf(path);
    refuse(refuseEntry(plain, place));
    // containerd and Docker give the file the owner that the link's header has, umoci does not.
    if (this.#changesOwners && plain.type === "hard-link") {
      refuse(
        `the hard link ${
          show(path)
        } stands behind a global extended header that changes the owner of entries, and engines do not agree on whose its file is: leave the header out`,
      );
    }
    if (this.#places !== undefined && place !== undefined) {
      refuse(this.#image.add(place));
      if (this.#places.isRepeated(plain, place)) {
        this.#repair(path, "repeated");
        return undefined;
      }
    }
    this.#isEmpty = false;
    const aligned = this.#align(plain, place);
    if (aligned === undefined) return undefined;
    this.#options.onEntry?.(aligned);
    return aligned;
  };

  /** The entry with its path on the base; undefined for a directory whose path has an entry already. */
  #align(entry: TarEntryHeader, place: string | undefined): TarEntryHeader | undefined {
    const { aligner, canReread = false, survey } = this.#options;
    if (aligner === undefined || place === undefined) return entry;
    const { entry: aligned, before: missing } = aligner.place(entry);
    // Nearly all entries: without a look-up for each of very many.
    if (aligned === entry && missing.length === 0 && this.#placed.size === 0) return entry;
    const before = survey === undefined
      ? missing
      : missing.filter(({ path }) => survey.directories.get(imagePathOf(path) ?? "") === 0);
    const alignedPlace = imagePathOf(aligned.path) ?? place;
    const isMoved = alignedPlace !== place;
    const isTaken = this.#placed.has(alignedPlace) ||
      (isMoved && this.#places?.has(alignedPlace) === true);
    if (isTaken && entry.type === "directory") {
      if (!isMoved && canReread) throw new LateDirectory();
      this.#options.onWarning({
        code: "late-directory",
        path: entry.path,
        message: `The directory ${
          show(entry.path)
        } of the layer stays as it is in the base: it comes after entries that are in it, or through a link of the base`,
      });
      return undefined;
    }
    if (isTaken) {
      refuse(
        `the entry ${show(entry.path)} comes to lie at ${
          show(alignedPlace)
        } through a link of the base, where the layer has another one: leave one of them out`,
      );
    }
    if (isMoved) this.#placed.add(alignedPlace);
    for (const { path } of before) this.#placed.add(imagePathOf(path) ?? path);
    this.#before = before;
    return aligned;
  }

  /** @throws {Refusal} if no entry is left. */
  end(): void {
    if (!this.#isEmpty) return;
    throw new Refusal("nothing is left of it once what engines refuse is taken out: add a file");
  }

  /** Takes the records of a global header, and returns whether the header is kept. */
  readonly onGlobals = (records: readonly PaxRecord[]): boolean => {
    this.#changesOwners ||= !this.#isEmpty && records.some(([keyword]) => OWNERS.has(keyword));
    if (this.#options.isKept) {
      this.#options.onWarning({
        code: "global-header",
        message:
          "The layer has a global extended header, as git archive writes it: umoci cannot unpack it",
        engines: ["umoci"],
      });
      return true;
    }
    this.#globals.add(records);
    this.#repair("", "global-header");
    return false;
  };

  #repair(path: string, kind: RepairKind): void {
    const repair = { path, kind };
    if (this.#options.isKept) throw new NeedsRepair(repair);
    if (this.#repaired.length < MOST_LISTED) this.#repaired.push(repair);
  }
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new Refusal(reason);
}
