/** Prints results. */

import type { ImageResult } from "../../image/verbs/image_result.ts";
import { isStandard, parseLocation } from "../../storage/location.ts";
import type { OnDifference, SyncCounts } from "../../layer/sync/sync_difference.ts";
import { formatSize } from "./format_size.ts";
import type { Session } from "../commands/session.ts";
import type { OutputOptions } from "../options/result_options.ts";
import { writeJson } from "./write_json.ts";

/**
 * Prints a result: `TARGET@sha256:…`, or an object with `--json`; and writes the file of `--digest-file`. In a dry run, or with `--verbose`,
 * the transfers are printed to standard error.
 */
export async function writeResult(
  result: ImageResult,
  { json, digestFile }: OutputOptions,
  session: Session,
  { differences = [] }: { readonly differences?: readonly Parameters<OnDifference>[] } = {},
): Promise<void> {
  const [difference, counts] = differences.at(-1) ?? [];
  if (counts !== undefined) describeDifference(counts, result, session);
  if (result.dryRun || session.verbosity === "verbose") describeLayers(result, session);
  if (session.verbosity === "verbose") describeTransfer(result, session);
  if (result.unchanged) session.note(`${result.target}: unchanged`);
  // Standard output may hold the image itself.
  const told = isStandard(parseLocation(result.target))
    ? { ...session, out: (text: string) => Promise.resolve(session.io.err(text)) }
    : session;
  const sync = result.dryRun && difference !== undefined ? { sync: difference } : {};
  if (json) await writeJson({ ...result, ...sync }, told);
  else await told.out(`${result.target}@${result.digest}\n`);
  // Last: the image is done even if the file cannot be written.
  if (digestFile !== undefined) await session.io.writeFile(digestFile, `${result.digest}\n`);
}

/** Prints several results: a line for each, or an array with `--json`; and writes the file of `--digest-file`, a digest a line. */
export async function writeResults(
  results: readonly ImageResult[],
  { json, digestFile }: OutputOptions,
  session: Session,
): Promise<void> {
  for (const result of results) {
    if (result.dryRun || session.verbosity === "verbose") describeLayers(result, session);
  }
  const last = results.at(-1);
  if (last !== undefined && session.verbosity === "verbose") describeTransfer(last, session);
  if (json) await writeJson(results, session);
  else await session.out(results.map(({ target, digest }) => `${target}@${digest}\n`).join(""));
  if (digestFile === undefined) return;
  await session.io.writeFile(digestFile, results.map(({ digest }) => `${digest}\n`).join(""));
}

function describeLayers({ layers, tags, dryRun }: ImageResult, session: Session): void {
  const [sent, written] = dryRun ? ["would be sent", "would be written"] : ["sent", "written"];
  for (const { digest, size, uploaded } of layers) {
    session.note(`layer ${digest}, ${formatSize(size)}: ${uploaded ? sent : "already there"}`);
  }
  session.note(`tag${tags.length === 1 ? "" : "s"} ${tags.join(", ")}: ${written}`);
}

function describeDifference(
  { added, changed, deleted }: SyncCounts,
  { dryRun, unchanged, baseRead }: ImageResult,
  session: Session,
): void {
  // What is deleted is worth a line each time.
  if (!unchanged) {
    session.note(`${added} added, ${changed} changed, ${deleted} deleted`);
  }
  if (dryRun !== true && session.verbosity !== "verbose") return;
  for (const from of ["cache", "table", "layer"] as const) {
    const read = baseRead.filter((layer) => layer.from === from);
    if (read.length === 0) continue;
    const bytes = read.reduce((sum, layer) => sum + layer.bytes, 0);
    const count = read.length === 1 ? "1 layer" : `${read.length} layers`;
    session.note(`base: ${count} ${KNOWN_FROM[from]}, ${formatSize(bytes)} read`);
  }
}

/** Words for the sources of listings. */
const KNOWN_FROM = {
  cache: "known from earlier runs",
  table: "known by table of contents",
  layer: "read",
} as const;

function describeTransfer({ transfer }: ImageResult, session: Session): void {
  const { requests, bytesUploaded, bytesDownloaded, blobsMounted, blobsCopied } = transfer;
  session.note(
    `${requests} requests, ${formatSize(bytesUploaded)} sent, ${
      formatSize(bytesDownloaded)
    } received, ` +
      `${blobsMounted} blobs mounted, ${blobsCopied} copied`,
  );
}
