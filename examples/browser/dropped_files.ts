/** The files of what was dropped on a page, those in folders too. */

/** A file, and its path from the folder that it was dropped with. */
export interface ChosenFile {
  readonly path: string;
  readonly file: File;
}

/** What of a browser's `DataTransfer` is used. */
export interface Dropped {
  readonly items: Iterable<{
    webkitGetAsEntry(): Entry | null;
    getAsFile(): File | null;
  }>;
}

/** A file or a folder; which of the methods it has, its type does not say (WICG, File and Directory Entries). */
interface Entry {
  readonly isFile: boolean;
  readonly fullPath: string;
  file?(found: (file: File) => void, failed: (error: unknown) => void): void;
  createReader?(): {
    readEntries(found: (entries: Entry[]) => void, failed: (error: unknown) => void): void;
  };
}

/** Lists all files of what was dropped. It has to be called in the event itself: what was dropped is gone after it. */
export async function droppedFiles({ items }: Dropped): Promise<ChosenFile[]> {
  const found = await Promise.all([...items].map((item) => {
    const entry = item.webkitGetAsEntry();
    if (entry !== null) return filesOf(entry);
    const file = item.getAsFile();
    return file === null ? [] : [{ path: file.name, file }];
  }));
  return found.flat();
}

async function filesOf(entry: Entry): Promise<ChosenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => entry.file?.(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\/+/, ""), file }];
  }
  const reader = entry.createReader?.();
  const files: ChosenFile[] = [];
  // A reader gives some at a time, and in the end none.
  for (;;) {
    const some = await new Promise<Entry[]>((resolve, reject) =>
      reader?.readEntries(resolve, reject)
    );
    if (some.length === 0) return files;
    for (const inner of some) files.push(...await filesOf(inner));
  }
}
