/** The same layer onto many images: one batch, compared with shell loops. */

import { say } from "../run.ts";
import { makeCorpus } from "./corpus.ts";
import { shell } from "./measure.ts";
import { type Proxy, startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

/** The number of repositories, and of images in each. */
const REPOSITORIES = 50;
const IMAGES = 20;
/** Bytes of the uncompressed layer. */
const LAYER_SIZE = 5_000_000;
/** Milliseconds that are added to each request to a distant registry. */
const LATENCY = 50;

interface Round {
  readonly name: string;
  /** The command, which reads a file of lines and appends a layer that no other round has sent. */
  readonly command: (file: string, layer: string) => string;
}

/** Writes the lines of a turn. Images differ by a label; the first turn makes the bases. */
async function writeLines(
  setting: Setting,
  { address, tag, count }: {
    readonly address: string;
    readonly tag: string;
    readonly count: number;
  },
): Promise<string> {
  const lines = Array.from({ length: count }, (_, index) => {
    const image = `${address}/batch/${index % REPOSITORIES}:${Math.floor(index / REPOSITORIES)}`;
    return `${image} ${image}-${tag}\n`;
  });
  const file = `${setting.folder}/${tag}.txt`;
  await Deno.writeTextFile(file, lines.join(""));
  return file;
}

/** A layer that differs from the others by one file. */
async function makeLayer(folder: string, name: string): Promise<string> {
  const layer = `${folder}/${name}.tar`;
  await shell(
    `cd ${folder} && cp batch.tar ${layer} && echo ${name} >${name} && tar -rf ${layer} ${name}`,
  );
  return layer;
}

async function makeBases({ folder, ours, registry: { address } }: Setting): Promise<void> {
  const [way] = ours.values();
  if (way === undefined) throw new Error("Cannot measure batches: there is no way to run them");
  const lines = Array.from({ length: REPOSITORIES * IMAGES }, (_, index) => {
    const target = `${address}/batch/${index % REPOSITORIES}:${Math.floor(index / REPOSITORIES)}`;
    const options = { platforms: ["linux/amd64"], labels: { image: String(index) } };
    return `${JSON.stringify({ base: "scratch", target, options })}\n`;
  });
  await Deno.writeTextFile(`${folder}/bases.txt`, lines.join(""));
  await shell(
    `${way} batch ${folder}/bases.txt --quiet --add ${folder}/base.txt --report ${folder}/bases.jsonl`,
  );
}

/** Seconds and peak memory in bytes of a command with its children. */
async function timed(command: string): Promise<{ seconds: number; peak: number }> {
  const [file, script] = [await Deno.makeTempFile(), await Deno.makeTempFile()];
  await Deno.writeTextFile(script, command);
  const start = performance.now();
  await shell(`/usr/bin/time -o ${file} -f %M bash ${script} >/dev/null`);
  const seconds = (performance.now() - start) / 1_000;
  const peak = Number((await Deno.readTextFile(file)).trim().split("\n").at(-1)) * 1024;
  await Promise.all([file, script].map((path) => Deno.remove(path)));
  return { seconds, peak };
}

/** Measures 1,000 images in 50 repositories, in a near and a distant registry. */
export async function measureBatch(setting: Setting): Promise<void> {
  const { folder, crane, ours, registry } = setting;
  const [way] = ours.values();
  await makeCorpus(`${folder}/batch.tar`, LAYER_SIZE);
  await makeBases(setting);
  const batch: Round = {
    name: "batch",
    command: (file, layer) => `${way} batch ${file} --quiet --layer ${layer}`,
  };
  const loops: readonly Round[] = [
    {
      name: "a loop of crane append",
      command: (file, layer) =>
        `while read base target; do ${crane} append --insecure -b $base -f ${layer} -t $target 2>/dev/null; done < ${file}`,
    },
    {
      name: "a loop of append",
      command: (file, layer) =>
        `while read base target; do ${way} $base $target --quiet --layer ${layer}; done < ${file}`,
    },
  ];
  const all = REPOSITORIES * IMAGES;
  say(`\n## ${all} images in ${REPOSITORIES} repositories, a layer of ${LAYER_SIZE / 1e6} MB\n`);
  say("| | seconds | MB of memory | beside crane |\n| --- | --- | --- | --- |");
  let craneSeconds: number | undefined;
  for (const [index, { name, command }] of [...loops, batch].entries()) {
    const { address } = registry;
    const file = await writeLines(setting, { address, tag: `near-${index}`, count: all });
    const { seconds, peak } = await timed(command(file, await makeLayer(folder, `near-${index}`)));
    craneSeconds ??= seconds;
    const ratio = (seconds / craneSeconds).toFixed(3);
    say(`| ${name} | ${seconds.toFixed(1)} | ${(peak / 1e6).toFixed(0)} | ${ratio} |`);
  }
  const file = await writeLines(setting, { address: registry.address, tag: "one", count: 1 });
  const one = await timed(loops.at(-1)?.command(file, await makeLayer(folder, "one")) ?? "");
  say(`\nOne append: ${(one.peak / 1e6).toFixed(0)} MB of memory.`);
  await measureFar(setting, [...loops, batch]);
}

/** Measures a distant registry. The loops are only run in part, and their time is extrapolated. */
async function measureFar(setting: Setting, rounds: readonly Round[]): Promise<void> {
  const all = REPOSITORIES * IMAGES;
  say(`\n## The same, ${LATENCY} ms on every request\n`);
  say("| | images | seconds | requests for an image | MB sent | layers sent |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const [index, { name, command }] of rounds.entries()) {
    const proxy: Proxy = await startProxy(setting.registry.address, { latency: LATENCY });
    try {
      const count = name === "batch" ? all : all / 10;
      const { address } = proxy;
      const file = await writeLines(setting, { address, tag: `far-${index}`, count });
      const layer = await makeLayer(setting.folder, `far-${index}`);
      const { seconds } = await timed(command(file, layer));
      const { requests, bytes, large } = proxy.counts;
      const cells = [count, seconds.toFixed(1), (requests / count).toFixed(2)];
      say(`| ${name} | ${cells.join(" | ")} | ${(bytes / 1e6).toFixed(1)} | ${large} |`);
    } finally {
      await proxy.stop();
    }
  }
}
