/**
 * The page's program. Bundle it for the browser with any bundler, as in
 * `npx esbuild page.ts --bundle --format=esm --outfile=page.js`, and serve it beside `index.html`.
 */

import { appendLayer } from "../../mod.ts";

const form = find(HTMLFormElement, "form");
const output = find(HTMLOutputElement, "output");
const progress = find(HTMLProgressElement, "progress");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  append(new FormData(form));
});

async function append(fields: FormData): Promise<void> {
  const archive = fields.get("archive");
  if (!(archive instanceof File)) return;
  show("working", "");
  progress.max = archive.size;
  try {
    const { target, digest } = await appendLayer(text(fields, "base"), text(fields, "target"), {
      // A file can be read again, so that an upload that failed can start anew.
      layers: [{ name: archive.name, input: archive }],
      onProgress: (step) => {
        if (step.kind === "read") progress.value = step.bytes;
      },
    });
    show("done", `${target}@${digest}`);
  } catch (error) {
    show("failed", error instanceof Error ? error.message : String(error));
  }
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
