/** Parses and formats the ranges of uploads and downloads. */

/**
 * The bytes of an upload that the registry has, by its `Range`: `0-N`, with or without `bytes=`. `0-0` (nothing, or one byte), `0--1` and
 * everything else give 0, at which an upload can always start.
 */
export function parseUploadRange(range: string | null): number {
  const [, last] = /^\s*(?:bytes=)?0-(\d{1,15})\s*$/.exec(range ?? "") ?? [];
  return last === undefined || Number(last) === 0 ? 0 : Number(last) + 1;
}

/** `0-1023`: without the `bytes ` of RFC 9110, as the OCI distribution spec writes it for uploads. */
export function uploadContentRange(start: number, size: number): string {
  return `${start}-${start + size - 1}`;
}

/** The offset of the first byte of a partial answer (`bytes 5-9/10`); undefined if the header does not say. */
export function parseContentRange(header: string | null): number | undefined {
  const [, first] = /^\s*bytes\s+(\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)\s*$/i.exec(header ?? "") ??
    [];
  return first === undefined ? undefined : Number(first);
}
