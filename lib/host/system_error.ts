/** Describes errors of the operating system. */

/** Meanings of the codes that users meet. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EPERM", "not permitted"],
  ["ENOENT", "there is no such file"],
  ["EEXIST", "there is a file of that name"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EISDIR", "it is a directory"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "the file would be larger than this system allows"],
  ["EROFS", "the file system is read-only"],
  ["EMFILE", "too many files are open"],
  ["ELOOP", "its symbolic links lead in a circle"],
  ["ENAMETOOLONG", "the name is too long"],
  ["EIO", "the disk failed"],
]);

/** The code of a system error: `ENOENT`; undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** Whether an error is one of the operating system that users meet. */
export function isSystemError(error: unknown): boolean {
  return MEANINGS.has(errorCode(error) ?? "");
}

/** The reason of an error, without the call and the path that runtimes add. */
export function errorReason(error: unknown): string {
  const meaning = MEANINGS.get(errorCode(error) ?? "");
  return meaning ?? (error instanceof Error ? error.message : String(error));
}
