/** Holds an archive to what all container engines take, entry by entry. */

import type { PaxRecord, TarEntryHeader } from "../tar/entry.ts";
import type { TarEditorOptions } from "../tar/editor.ts";
import type { SparseMap } from "../tar/sparse.ts";
import type { EntryAligner } from "./base/entry_aligner.ts";
import type { Warning } from "../storage/warning.ts";
import { EntryPlaces, placeOf } from "./entry_places.ts";
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

/** Records that say whose an entry is. */
const OWNERS: ReadonlySet<string> = /* @__PURE__ */ new Set(["uid", "gid", "uname", "gname"]);

/** Repairs that are told of one layer. */
const MOST_TOLD = 1_000;

/** Options of {@linkcode ArchiveChecker}. */
export interface ArchiveCheckerOptions {
  /**
   * Whether the archive goes out with the bytes that it has: what needs a repair is thrown then.
   *
   * @default {false}
   */
  readonly isKept?: boolean | undefined;
  /**
   * Whether the entries are only repaired one by one, and not seen beside each other: another checker does that further on.
   *
   * @default {false}
   */
  readonly isFirst?: boolean | undefined;
  /** What the whole archive says, where that is known. */
  readonly survey?: { readonly last: PathTable; readonly directories: PathTable } | undefined;
  /**
   * Whether the archive can be read once more.
   *
   * @default {false}
   */
  readonly canReread?: boolean | undefined;
  /** Places the entries on a base. */
  readonly aligner?: EntryAligner | undefined;
  /** Sees every entry of the archive as it goes out. */
  readonly onEntry?: ((entry: TarEntryHeader) => void) | undefined;
  /** Told of what not every engine takes. */
  readonly onWarning: (warning: Warning) => void;
}

/** Decides of each entry of an archive whether it stays, is changed, or has no place in a layer. */
export class ArchiveChecker implements TarEditorOptions {
  readonly #options: ArchiveCheckerOptions;
  readonly #places: EntryPlaces | undefined;
  readonly #globals = new GlobalRecords();
  readonly #image = new ImageFinder();
  readonly #repaired: Repair[] = [];
  #isEmpty = true;
  /** Whether a global header has changed the owner of entries in the middle of the archive. */
  #changesOwners = false;
  /** What links of the base have led elsewhere, and what was put before entries. */
  readonly #placed = new Set<string>();
  #before: readonly TarEntryHeader[] = NONE;

  constructor(options: ArchiveCheckerOptions) {
    this.#options = options;
    this.#places = options.isFirst
      ? undefined
      : new EntryPlaces({ ...options, last: options.survey?.last });
  }

  /** What was repaired; of very many, the first ones. */
  get repaired(): readonly Repair[] {
    return this.#repaired;
  }

  /** Bytes of memory that the paths take. */
  get byteLength(): number {
    return this.#places?.byteLength ?? 0;
  }

  /** Learns what placing an entry takes; undefined where that is known. */
  readonly prepare = (entry: TarEntryHeader): Promise<void> | undefined =>
    this.#options.aligner?.prepare(entry);

  /** Entries that are to stand before the last one. */
  readonly before = (): readonly TarEntryHeader[] => {
    const before = this.#before;
    this.#before = NONE;
    return before;
  };

  /**
   * Takes an entry, and returns what is to be in its place.
   *
   * @throws {Refusal} if it cannot be in a layer.
   * @throws {RepeatedPath} if it takes the place of another one.
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
    const place = placeOf(path);
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

  /** The entry where it comes to lie on the base; undefined where something is there already that takes its place. */
  #align(entry: TarEntryHeader, place: string | undefined): TarEntryHeader | undefined {
    const { aligner, canReread = false, survey } = this.#options;
    if (aligner === undefined || place === undefined) return entry;
    const { entry: aligned, before: missing } = aligner.place(entry);
    // Nearly all: no look-up for each of very many.
    if (aligned === entry && missing.length === 0 && this.#placed.size === 0) return entry;
    const before = survey === undefined
      ? missing
      : missing.filter((one) => survey.directories.get(placeOf(one.path) ?? "") === 0);
    const alignedPlace = placeOf(aligned.path) ?? place;
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
    for (const one of before) this.#placed.add(placeOf(one.path) ?? one.path);
    this.#before = before;
    return aligned;
  }

  /** @throws {Refusal} if no entry stays. */
  end(): void {
    if (!this.#isEmpty) return;
    throw new Refusal("nothing is left of it once what engines refuse is taken out: add a file");
  }

  /** Takes the records of a global header, and returns whether it stays. */
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
    if (this.#repaired.length < MOST_TOLD) this.#repaired.push(repair);
  }
}

function refuse(reason: string | undefined): void {
  if (reason !== undefined) throw new Refusal(reason);
}
