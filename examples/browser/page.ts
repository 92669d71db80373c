/**
 * The page's program. Bundle it for the browser with any bundler, as in
 * `npx esbuild page.ts --bundle --format=esm --outfile=page.js`, and serve it beside `index.html`.
 */

import { appendLayer } from "../../mod.ts";
import { type TarEntry, writeTar } from "../../lib/entries/tar.ts";
import { webArchives } from "../../lib/entries/host.ts";

const form = find(HTMLFormElement, "form");
const output = find(HTMLOutputElement, "output");
const progress = find(HTMLProgressElement, "progress");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  append(new FormData(form));
});

async function append(fields: FormData): Promise<void> {
  const archive = fields.get("archive");
  const folder = fields.getAll("folder").filter(isFile);
  const layer = isFile(archive) ? archive : folder.length > 0 ? () => tarOf(folder) : undefined;
  if (layer === undefined) return;
  show("working", "");
  progress.max = (isFile(archive) ? [archive] : folder).reduce((sum, { size }) => sum + size, 0);
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
      host: isFileWanted ? { archives: webArchives({ output: writable }) } : {},
      onProgress: (step) => {
        if (step.kind === "read") progress.value = step.bytes;
      },
    });
    if (file !== undefined) offer(await file);
    show("done", `${target}@${digest}`);
  } catch (error) {
    show("failed", error instanceof Error ? error.message : String(error));
  }
}

/** A tar of a folder that was chosen or dropped, from its own name on. */
function tarOf(files: readonly File[]): AsyncIterable<Uint8Array<ArrayBuffer>> {
  return writeTar(files.map((file): TarEntry => ({
    path: file.webkitRelativePath,
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size: file.size,
    content: file.stream(),
  })));
}

function offer(file: Blob): void {
  const link = find(HTMLAnchorElement, "a[download]");
  link.href = URL.createObjectURL(file);
  link.hidden = false;
}

/** A form gives a file without a name where none was chosen. */
function isFile(value: FormDataEntryValue | null): value is File {
  return value instanceof File && value.name !== "";
}

function show(state: "working" | "done" | "failed", message: string): void {
  progress.hidden = state !== "working";
  output.dataset["state"] = state;
  output.value = message;
}

function text(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

function find<T extends Element>(type: new () => T, selector: string): T {
  const element = document.querySelector(selector);
  if (element instanceof type) return element;
  throw new Error(`There is no ${selector} on this page`);
}
