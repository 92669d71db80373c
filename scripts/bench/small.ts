/** Compares small layers, as most are, with crane: near, at two distances, and with a token service. Measures memory too. */

import { say } from "../run.ts";
import { craneContender, ourContenders } from "./layer.ts";
import { race, type Row, shell } from "./measure.ts";
import { peak } from "./memory.ts";
import { type Server, startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

/** Bytes of the layer's one file. They are random, so that compression does not change their number. */
const SIZES = [1_000, 1_000_000] as const;

/** The registries: milliseconds that are added to every request, and whether a token is required. */
const PLACES = [
  { latency: 0, tokens: false },
  { latency: 20, tokens: false },
  { latency: 50, tokens: false },
  { latency: 50, tokens: true },
] as const;

/** Measures and prints a table of medians, in milliseconds, and one of peak memory. */
export async function measureSmall(setting: Setting): Promise<readonly Row[]> {
  const { folder, runs, ours } = setting;
  const names = ["crane append", ...ours.keys()];
  const rows: Row[] = [];
  say(`\n## Small layers from standard input, medians of ${runs} runs, milliseconds\n`);
  say(`| | ${names.join(" | ")} | of the first |`);
  say(`| --- |${names.map(() => " --- |").join("")} --- |`);
  for (const size of SIZES) {
    const layer = `${folder}/small-${size}.tar`;
    await shell(
      `cd ${folder} && head -c ${size} /dev/urandom >small.bin && tar -cf ${layer} small.bin`,
    );
    for (const place of PLACES) rows.push(await measureAt(setting, { layer, size, ...place }));
  }
  say("\n## Peak memory, MB\n");
  for (const size of SIZES) {
    const megabytes: string[] = [];
    for (const name of names) {
      megabytes.push(`${name} ${await peakOf(setting, name, `${folder}/small-${size}.tar`)}`);
    }
    say(`${size / 1_000} KB: ${megabytes.join(", ")}`);
  }
  return rows;
}

async function measureAt(
  setting: Setting,
  { layer, size, latency, tokens }: typeof PLACES[number] & {
    readonly layer: string;
    readonly size: number;
  },
): Promise<Row> {
  const { registry, runs } = setting;
  const far: Server | undefined = latency === 0
    ? undefined
    : await startProxy(registry.address, { latency, tokens });
  try {
    const there: Setting = {
      ...setting,
      registry: far ?? registry,
      // The base is written before the time is measured.
      prepare: (_, repository) => setting.prepare(registry.address, repository),
    };
    const contenders = [craneContender(there, layer), ...ourContenders(there, layer)];
    // Without the bytes that were sent, which are the same for all.
    const measured = await race(
      `small-${size}-${latency}-${tokens}`,
      contenders.map(({ size: _, ...contender }) => contender),
      runs,
    );
    const [first] = measured;
    const times = measured.map(({ seconds }) => (1_000 * seconds).toFixed(1));
    const ratios = measured.slice(1).map(({ seconds }) =>
      (seconds / (first?.seconds ?? NaN)).toFixed(2)
    );
    const where = latency === 0 ? "on this machine" : `${latency} ms away`;
    const title = `${size / 1_000} KB, ${where}${tokens ? ", with a token service" : ""}`;
    say(`| ${title} | ${times.join(" | ")} | ${ratios.join(", ")} |`);
    return { title, measurements: measured };
  } finally {
    await far?.stop();
  }
}

/** The peak memory of the program, without that of the process that feeds it. */
async function peakOf(setting: Setting, name: string, layer: string): Promise<string> {
  const { address } = setting.registry;
  const repository = `small-peak-${crypto.randomUUID()}`;
  await setting.prepare(address, repository);
  const image = `${address}/${repository}`;
  const program = setting.ours.get(name);
  const command = program === undefined
    ? `${setting.crane} append --insecure -b ${image}:1 -f - -t ${image}:2 2>/dev/null`
    : `${program} ${image}:1 ${image}:2 --quiet`;
  using archive = await Deno.open(layer);
  return ((await peak(command, archive.readable)) / 1e6).toFixed(0);
}
