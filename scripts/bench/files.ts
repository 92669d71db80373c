/** A directory of very many small files, compared with shell commands that pack them. */

import { upload } from "./layer.ts";
import { type Contender, race, report, type Row, shell } from "./measure.ts";
import type { Setting } from "./setting.ts";

const FILES = 100_000;
/** Files of one directory. */
const IN_DIRECTORY = 100;
/**
 * Bytes of the smallest files, an eighth of all; those of the next eighth have twice as many, up to 32 KiB. So the median is 3 KB and
 * the mean 8, as with real sources: those of Go have 1.8 and 11 KB, the modules of Node 1.9 and 7, `/usr/lib/python3` 5 and 14.
 */
const SMALLEST = 256;

/** Cuts an archive into files. */
async function makeFiles({ folder, layer }: Setting): Promise<string> {
  const root = `${folder}/files`;
  const content = await Deno.readFile(layer);
  for (let [index, start] = [0, 0]; index < FILES; index++) {
    const directory = `${root}/${Math.floor(index / IN_DIRECTORY)}`;
    if (index % IN_DIRECTORY === 0) await Deno.mkdir(directory, { recursive: true });
    const size = SMALLEST << (index % 8);
    if (start + size > content.length) start = 0;
    Deno.writeFileSync(`${directory}/${index}`, content.subarray(start, start + size));
    start += size;
  }
  return root;
}

/**
 * Lists, reads and packs the files. `tar` and `pigz -1` hash nothing; this program also computes both digests, and writes headers that
 * are the same on every machine. First without an upload, then with one.
 */
export async function measureFiles(setting: Setting): Promise<readonly Row[]> {
  const { ours, registry, prepare, folder, runs } = setting;
  const { address } = registry;
  const root = await makeFiles(setting);
  const packed = `tar -c -C ${root} . | pigz -1`;
  const base = (turn: string): Promise<void> => prepare(address, turn);
  const dry = (options: string): Contender[] =>
    [...ours].map(([name, program]) => ({
      name: `${name}${options}`,
      ours: name,
      command: () =>
        `${program} scratch oci:${folder}/none:1 --dry-run --quiet --add ${root}:/srv${options}`,
    }));
  const sent = [...ours].map(([name, program]): Contender => ({
    name,
    ours: name,
    prepare: base,
    command: (turn) =>
      `${program} ${address}/${turn}:1 ${address}/${turn}:2 --quiet --add ${root}:/srv`,
  }));
  const races = [
    ["packed", { name: "tar \\| pigz -1", command: () => `${packed} >/dev/null` }, dry("")],
    [
      "packed, gzip 1",
      { name: "tar \\| pigz -1", command: () => `${packed} >/dev/null` },
      dry(" --compression-level 1"),
    ],
    [
      "onto a registry",
      {
        name: "tar \\| pigz -1 \\| curl",
        prepare: base,
        command: (turn: string): string => upload(address, turn, packed),
      },
      sent,
    ],
  ] as const;
  const rows: Row[] = [];
  for (const [where, peer, contenders] of races) {
    const title = `${FILES.toLocaleString("en")} files of 8 KB, ${where}`;
    const measurements = await race(`files-${rows.length}`, [peer, ...contenders], runs);
    report(title, measurements);
    rows.push({ title, measurements });
  }
  await shell(`rm -r ${root}`);
  return rows;
}
