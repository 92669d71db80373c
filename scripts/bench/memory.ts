/** Measures the peak memory for layers of different sizes. */

import { say } from "../run.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import type { Setting } from "./setting.ts";

const MIB = 1024 * 1024;
/** The sizes of the layers; `--gibibytes=N` sets the larger one. */
const sizes = (gibibytes: number): readonly number[] => [
  100 * MIB,
  Math.round(gibibytes * 1024) * MIB,
];

/** An archive of one file that repeats another file's bytes up to a size. */
async function* bigArchive(file: string, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  async function* content(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let left = size; left > 0;) {
      using source = await Deno.open(file);
      for await (const chunk of source.readable) {
        const part = chunk.subarray(0, left);
        left -= part.length;
        yield part;
        if (left === 0) return;
      }
    }
  }
  yield* writeTar([{
    path: "big.bin",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size,
    content: content(),
  }]);
}

/** Runs a program with an archive on its standard input; returns its peak of resident memory in bytes. */
export async function peak(
  command: string,
  archive: AsyncIterable<Uint8Array>,
): Promise<number> {
  const report = await Deno.makeTempFile();
  const child = new Deno.Command("bash", {
    args: ["-c", `exec /usr/bin/time -o ${report} -f %M ${command}`],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  await ReadableStream.from(archive).pipeTo(child.stdin);
  const { code } = await child.status;
  const text = await Deno.readTextFile(report);
  await Deno.remove(report);
  if (code !== 0) throw new Error(`Cannot measure ${command}: exit status ${code}`);
  return Number(text.trim().split("\n").at(-1)) * 1024;
}

/** Measures the peaks for 100 MiB and 10 GiB, with and without threads. */
export async function measureMemory(setting: Setting): Promise<void> {
  const { ours, registry, gibibytes } = setting;
  const inputs = sizes(gibibytes);
  say("\n## Peak memory, in MB\n");
  say(`| | ${inputs.map((size) => `${size / MIB} MiB`).join(" | ")} |`);
  say(`| --- |${inputs.map(() => " --- |").join("")}`);
  let turn = 0;
  for (const [name, program] of ours) {
    for (const threads of ["", " --threads 0"]) {
      const cells: string[] = [];
      for (const size of inputs) {
        const repository = `memory-${turn++}`;
        // A large layer takes gigabytes of the registry's disk.
        await setting.clearRegistries();
        await setting.prepare(registry.address, repository);
        const image = `${registry.address}/${repository}`;
        const bytes = await peak(
          `${program} ${image}:1 ${image}:2 --quiet${threads}`,
          bigArchive(setting.layer, size),
        );
        cells.push((bytes / 1e6).toFixed(0));
      }
      say(`| ${name}${threads} | ${cells.join(" | ")} |`);
    }
  }
}
