/**
 * The page's program. Bundle it for the browser with any bundler, as in
 * `npx esbuild page.ts --bundle --format=esm --outfile=page.js`, and serve it beside `index.html`.
 */

import { appendLayer, parseReference, type Progress } from "../../mod.ts";
import { type TarEntry, writeTar } from "../../lib/entries/tar.ts";
import { webArchives } from "../../lib/entries/host.ts";
import { type ChosenFile, droppedFiles } from "./dropped_files.ts";

/** Files whose names are listed. */
const MOST_LISTED = 50;

const form = find(HTMLFormElement, "form");
const button = find(HTMLButtonElement, "form button:not([type])");
const output = find(HTMLOutputElement, "output");
const progress = find(HTMLProgressElement, "progress");
const copy = find(HTMLButtonElement, "#copy");
const drop = find(HTMLFieldSetElement, "#drop");
const list = find(HTMLUListElement, "#list");
const warnings = find(HTMLUListElement, "#warnings");

let dropped: readonly ChosenFile[] = [];

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!button.disabled) append(new FormData(form));
});
form.addEventListener("change", (event) => {
  if (event.target instanceof HTMLInputElement && event.target.type === "file") dropped = [];
  showChosen();
});
copy.addEventListener("click", () => navigator.clipboard.writeText(output.value));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.dataset["over"] = "";
});
document.addEventListener("dragleave", () => delete drop.dataset["over"]);
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  delete drop.dataset["over"];
  if (event.dataTransfer === null) return;
  dropped = await droppedFiles(event.dataTransfer);
  showChosen();
});

async function append(fields: FormData): Promise<void> {
  const files = chosenFiles(fields);
  const archive = archiveOf(fields, files);
  if (archive === undefined && files.length === 0) {
    return show("failed", "Choose an archive, files or a folder, or drop them here");
  }
  const destination = text(fields, "destination");
  const layer = archive ?? ((): AsyncIterable<Uint8Array> => tarOf(files, destination));
  warnings.replaceChildren();
  show("working", "");
  progress.max = archive?.size ?? files.reduce((sum, { file }) => sum + file.size, 0);
  // An image that goes into no registry becomes a file: docker-archive:-:NAME
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const isFileWanted = text(fields, "target").includes("-archive:-");
  const file = isFileWanted ? new Response(readable).blob() : undefined;
  // If the image fails, this one is never read.
  file?.catch(() => {});
  try {
    const platform = text(fields, "platform");
    const { target, digest } = await appendLayer(text(fields, "base"), text(fields, "target"), {
      // What was chosen can be read again, so that an upload that failed can start anew.
      layers: [layer],
      platforms: platform === "" ? [] : [platform],
      credentials: credentialsOf(fields, text(fields, isFileWanted ? "base" : "target")),
      host: isFileWanted ? { archives: webArchives({ output: writable }) } : {},
      onProgress: showProgress,
      onWarning: (message) => addItem(warnings, message),
    });
    if (file !== undefined) offer(await file);
    show("done", `${target}@${digest}`);
  } catch (error) {
    show("failed", error instanceof Error ? error.message : String(error));
  }
}

/** What was dropped, or else what was chosen as files or a folder. */
function chosenFiles(fields: FormData): readonly ChosenFile[] {
  if (dropped.length > 0) return dropped;
  return [...fields.getAll("files"), ...fields.getAll("folder")].filter(isFile)
    .map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** The archive that was chosen, or the one file that was dropped and is one by its name. */
function archiveOf(fields: FormData, files: readonly ChosenFile[]): File | undefined {
  const archive = fields.get("archive");
  if (dropped.length === 0 && isFile(archive)) return archive;
  const [only] = files;
  return dropped.length === 1 && only && /\.(?:tar(?:\.\w+)?|tgz)$/.test(only.path)
    ? only.file
    : undefined;
}

/** A tar of files, below a directory. */
function tarOf(
  files: readonly ChosenFile[],
  destination: string,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const below = destination.replace(/^\/+|\/+$/g, "");
  return writeTar(files.map(({ path, file }): TarEntry => ({
    path: below === "" ? path : `${below}/${path}`,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: file.size,
    content: file.stream(),
  })));
}

function credentialsOf(
  fields: FormData,
  image: string,
): Record<string, { readonly username: string; readonly password: string }> {
  const username = text(fields, "username");
  if (username === "") return {};
  return { [parseReference(image).registry]: { username, password: text(fields, "password") } };
}

function showChosen(): void {
  const fields = new FormData(form);
  const files = chosenFiles(fields);
  const archive = archiveOf(fields, files);
  const sent = archive === undefined ? files : [{ path: archive.name, file: archive }];
  const size = sent.reduce((sum, { file }) => sum + file.size, 0);
  find(HTMLElement, "#chosen").textContent = sent.length === 0
    ? "Nothing is chosen."
    : `${archive === undefined ? `${sent.length} files` : "The archive"}, ${megabytes(size)}`;
  list.replaceChildren();
  for (const { path, file } of sent.slice(0, MOST_LISTED)) {
    addItem(list, `${path}, ${megabytes(file.size)}`);
  }
  if (sent.length > MOST_LISTED) addItem(list, `and ${sent.length - MOST_LISTED} more`);
  list.hidden = sent.length === 0;
}

function showProgress(step: Progress): void {
  const told = find(HTMLElement, "#step");
  if (step.kind === "read") {
    progress.value = step.bytes;
    told.textContent = `${megabytes(step.bytes)} read`;
  } else if (step.kind === "upload") told.textContent = `${megabytes(step.bytes)} sent`;
  else if (step.kind === "copy") {
    told.textContent = `${megabytes(step.bytes)} of ${megabytes(step.total)} copied of the base`;
  }
}

function offer(file: Blob): void {
  const link = find(HTMLAnchorElement, "a[download]");
  link.href = URL.createObjectURL(file);
  link.hidden = false;
}

function show(state: "working" | "done" | "failed", message: string): void {
  const isWorking = state === "working";
  button.disabled = isWorking;
  progress.hidden = !isWorking;
  progress.value = 0;
  find(HTMLElement, "#step").textContent = "";
  find(HTMLElement, "#advice").hidden = !/: no answer from /.test(message);
  copy.hidden = state !== "done";
  if (isWorking) find(HTMLAnchorElement, "a[download]").hidden = true;
  output.dataset["state"] = state;
  output.value = message;
}

function addItem(items: HTMLUListElement, message: string): void {
  const item = document.createElement("li");
  item.textContent = message;
  items.append(item);
  items.hidden = false;
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A form gives a file without a name where none was chosen. */
function isFile(value: FormDataEntryValue | null): value is File {
  return value instanceof File && value.name !== "";
}

function text(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}

function find<T extends Element>(type: new () => T, selector: string): T {
  const element = document.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`There is no ${selector} on this page`);
}
