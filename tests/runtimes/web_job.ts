/** What tests ask of a Worker or a page: bundled for them, it runs there. */

import { appendLayer } from "../../mod.ts";
import { syncEntries } from "../../lib/entries/files.ts";

/** An image to make: with what is to be in a directory of it, or with an archive on top. */
export interface WebJob {
  readonly base: string;
  readonly target: string;
  /** Texts by their paths below `/srv/app`. */
  readonly entries?: Readonly<Record<string, string>> | undefined;
  /** In base64. */
  readonly archive?: string | undefined;
}

/** What has become of it. */
export interface WebOutcome {
  readonly error?: string;
  readonly unchanged?: boolean;
  /** Of the new layers, compressed. */
  readonly sizes?: readonly number[];
  readonly uploaded?: number;
  readonly baseRead?: readonly { readonly from: string; readonly bytes: number }[];
  readonly difference?: unknown;
}

/** Does it. */
export async function runJob({ base, target, entries = {}, archive }: WebJob): Promise<WebOutcome> {
  let difference: unknown;
  const synced = Object.entries(entries).map(([path, text]) => {
    const blob = new Blob([text]);
    return { path, size: blob.size, content: () => blob.stream() };
  });
  const layer = archive === undefined
    ? syncEntries({
      directories: [{ destination: "/srv/app", entries: synced }],
      onDifference: (found) => difference = found,
    })
    : Uint8Array.from(atob(archive), (character) => character.charCodeAt(0));
  try {
    const { layers, transfer, baseRead, unchanged = false } = await appendLayer(base, target, {
      layers: [layer],
    });
    const sizes = layers.map(({ size }) => size);
    return { unchanged, sizes, uploaded: transfer.bytesUploaded, baseRead, difference };
  } catch (error) {
    return { error: String(error) };
  }
}
