/** One file of a large directory changed: what it costs to have it in the image. */

import { race, report, shell } from "./measure.ts";
import type { Setting } from "./setting.ts";

/** Files, and bytes of each. */
const FILES = 20_000;
const FILE_SIZE = 25_000;

/** Files of one directory. */
const IN_DIRECTORY = 100;

/** Half text, half noise, so that compression has something to do and does not do it all. */
async function makeDirectory(folder: string): Promise<string> {
  const root = `${folder}/directory`;
  const text = new TextEncoder().encode("the quick brown fox jumps over the lazy dog ".repeat(300));
  const content = new Uint8Array(FILE_SIZE);
  content.set(text.subarray(0, FILE_SIZE / 2));
  for (let at = 0; at < FILES; at++) {
    const directory = `${root}/${Math.floor(at / IN_DIRECTORY)}`;
    if (at % IN_DIRECTORY === 0) await Deno.mkdir(directory, { recursive: true });
    crypto.getRandomValues(content.subarray(FILE_SIZE / 2));
    const path = `${directory}/${at}`;
    await Deno.writeFile(path, content);
    // Older than the two seconds in which a change may not show.
    await Deno.utime(path, 1_000_000_000, 1_000_000_000);
  }
  return root;
}

/** Compares `--sync` with a whole layer by crane. */
export async function measureSync(setting: Setting): Promise<void> {
  const { folder, registry: { address }, crane, ours, runs } = setting;
  const [way] = ours.values();
  if (way === undefined) throw new Error("Cannot measure --sync: there is no way to run it");
  const directory = await makeDirectory(folder);
  await setting.prepare(address, "sync");
  const base = `${address}/sync:1`;
  const run = (cache: string, line: string): string =>
    `APPENDLAYER_CACHE=${folder}/${cache} ${way} ${line}`;
  const sync = `--sync ${directory}:/srv/app`;
  for (const kind of ["gzip", "zstd:chunked", "estargz"]) {
    const target = `${address}/sync:${kind.replace(":", "-")}`;
    await shell(run("cache", `${base} ${target} ${sync} --compression=${kind}`));
  }
  await shell(`head -c 1024 /dev/urandom | dd of=${directory}/7/777 conv=notrunc status=none`);
  const from = (kind: string, turn: string): string =>
    `${address}/sync:${kind} ${address}/sync:${turn} ${sync}`;
  const measured = await race("sync", [
    {
      name: "tar, crane append",
      command: (turn) =>
        `tar c -C ${directory} . | ${crane} append --insecure -b ${base} -f - -t ${address}/sync:${turn}`,
    },
    { name: "known", command: (turn) => run("cache", from("gzip", turn)) },
    {
      name: "known, --checksum",
      command: (turn) => run("cache", `${from("gzip", turn)} --checksum`),
    },
    { name: "zstd:chunked, cold", command: (turn) => run(turn, from("zstd-chunked", turn)) },
    { name: "estargz, cold", command: (turn) => run(turn, from("estargz", turn)) },
    { name: "gzip, cold", command: (turn) => run(turn, from("gzip", turn)) },
  ], runs);
  report(`One file of ${FILES} changed`, measured);
}
