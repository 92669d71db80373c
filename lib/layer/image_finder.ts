/** Tells an archive of a whole image from a layer. */

/** What archives of images have at their root, and what it stands for. */
const MARKS: ReadonlyMap<string, number> = new Map([
  ["oci-layout", 1],
  ["index.json", 2],
  ["blobs", 4],
  ["manifest.json", 8],
  ["repositories", 16],
]);
const OCI = 1 | 2 | 4;
const DOCKER = 8 | 16;

/** The config and the layers of an image, as `docker save` named them up to version 24. */
const DOCKER_PART = /^[0-9a-f]{64}(?:\.json|\/layer\.tar)$/;

const BLOB = /^blobs\/sha256\//;

/** Of the names in {@linkcode MARKS}, and of what {@linkcode DOCKER_PART} finds: nearly all entries have other ones. */
const LONGEST_MARK = 13;
const DOCKER_PART_LENGTHS = [69, 74] as const;

function mayBeMark({ length }: string): boolean {
  return length <= LONGEST_MARK || length === DOCKER_PART_LENGTHS[0] ||
    length === DOCKER_PART_LENGTHS[1];
}

/** Looks for what only archives of images have. */
export class ImageFinder {
  #found = 0;

  /** Takes an entry; returns what the archive is and what to do, as the end of a sentence, once that is sure. */
  add(place: string): string | undefined {
    if (!mayBeMark(place) && !place.startsWith("blobs/")) return undefined;
    const mark = MARKS.get(place) ??
      (BLOB.test(place) ? 4 : DOCKER_PART.test(place) ? 16 : 0);
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
