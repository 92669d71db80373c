/** Recognizes an archive of a whole image that is given as a layer. */

/** Entries at the root of such archives, each with a bit. */
const MARKS: ReadonlyMap<string, number> = new Map([
  ["oci-layout", 1],
  ["index.json", 2],
  ["blobs", 4],
  ["manifest.json", 8],
  ["repositories", 16],
]);
const OCI = 1 | 2 | 4;
const DOCKER = 8 | 16;

/** The names of configs and layers in an archive of `docker save` up to version 24. */
const DOCKER_PART = /^[0-9a-f]{64}(?:\.json|\/layer\.tar)$/;

const BLOB = /^blobs\/sha256\//;

/** Lengths of the names in {@linkcode MARKS} and of {@linkcode DOCKER_PART}, to pass nearly all entries quickly. */
const LONGEST_MARK = 13;
const DOCKER_PART_LENGTHS = [69, 74] as const;

function mayBeMark({ length }: string): boolean {
  return length <= LONGEST_MARK || length === DOCKER_PART_LENGTHS[0] ||
    length === DOCKER_PART_LENGTHS[1];
}

/** Looks for the entries that only archives of images have. */
export class ImageFinder {
  #found = 0;

  /** Takes the path of an entry. Once the archive is recognized, returns what it is and what to do, as the end of a sentence. */
  add(path: string): string | undefined {
    if (!mayBeMark(path) && !path.startsWith("blobs/")) return undefined;
    const mark = MARKS.get(path) ?? (BLOB.test(path) ? 4 : DOCKER_PART.test(path) ? 16 : 0);
    if (mark === 0 || (this.#found & mark) !== 0) return undefined;
    this.#found |= mark;
    if ((this.#found & OCI) === OCI) return advise("an OCI image (oci-archive)");
    if ((this.#found & DOCKER) === DOCKER) return advise("an image of docker save");
    return undefined;
  }
}

function advise(what: string): string {
  return `it holds ${what}, and not the files of a layer: give it as the base, or one of the layers in it`;
}
