/** Measures distant registries. */

import { type Contender, race, report, type Row, shell } from "./measure.ts";
import { peak } from "./memory.ts";
import { say } from "../run.ts";
import { startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

/** Milliseconds that are added to every request. */
const LATENCY = 50;

/** Compares contenders, of which the first is crane. */
type Race = (contenders: readonly Contender[]) => Promise<void>;

/** Compares appending a layer of one small file, with or without a token service. */
export async function withSmallFile(
  setting: Setting,
  tokens: boolean,
  go: Race,
): Promise<void> {
  const { crane, ours, registry, folder, prepare } = setting;
  await shell(`cd ${folder} && echo hello >small.txt && tar -cf small.tar small.txt`);
  const far = await startProxy(registry.address, { latency: LATENCY, tokens });
  try {
    const { address } = far;
    const before = (turn: string): Promise<void> => prepare(registry.address, turn);
    await go([
      {
        name: "crane append",
        prepare: before,
        command: (turn): string =>
          `${crane} append --insecure -b ${address}/${turn}:1 -f ${folder}/small.tar -t ${address}/${turn}:2`,
      },
      ...[...ours].map(([name, program]): Contender => ({
        name,
        ours: name,
        prepare: before,
        command: (turn): string =>
          `${program} ${address}/${turn}:1 ${address}/${turn}:2 --quiet <${folder}/small.tar`,
      })),
    ]);
  } finally {
    await far.stop();
  }
}

/** Measures a layer of one small file, with and without a token service. */
export async function measureLatency(setting: Setting): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const tokens of [false, true]) {
    await withSmallFile(setting, tokens, async (contenders) => {
      const title = `One small file, ${LATENCY} ms on every request${
        tokens ? ", with a token service" : ""
      }`;
      const measurements = await race(`far-${tokens}`, contenders, setting.runs);
      report(title, measurements);
      rows.push({ title, measurements });
    });
  }
  return rows;
}

/** An image to copy, and its two registries. */
interface CopyCase {
  readonly title: string;
  readonly layers: number;
  /** Bytes of each layer, which are random, so that compression does not change their number. */
  readonly size: number;
  /** Milliseconds that are added to every request to either registry. */
  readonly latency: number;
}

const MIB = 1024 * 1024;

const TEN_LAYERS: CopyCase = {
  title: `Copy of 10 layers of 4 MiB, registries ${LATENCY} ms away`,
  layers: 10,
  size: 4 * MIB,
  latency: LATENCY,
};

const MANY_LAYERS = { layers: 100, size: 10_000 } as const;

/** GiB of the one large layer. */
const LARGE_LAYER = 5;

/** Turns of copies that take some seconds. */
const FEW_RUNS = 3;

/** Compares copying an image from one registry to another, which is emptied before every turn. */
async function withImage(setting: Setting, copied: CopyCase, go: Race): Promise<void> {
  const { crane, ours, registry, folder } = setting;
  const { layers, size, latency } = copied;
  const other = await setting.startRegistry();
  const proxies = latency === 0 ? [] : [
    await startProxy(registry.address, { latency }),
    await startProxy(other.address, { latency }),
  ];
  const [source, target] = proxies.length > 0 ? proxies : [registry, other];
  const [from, to] = [`${source?.address}/copied:1`, target?.address];
  await makeImage(setting, `${registry.address}/copied:1`, layers, size);
  const contender = (name: string, command: string): Contender => ({
    name,
    prepare: () => other.clear(),
    command: (turn): string => `${command} ${from} ${to}/${turn}:1 2>/dev/null`,
  });
  try {
    await go([
      contender("crane copy", `${crane} copy --insecure`),
      ...[...ours].map(([name, program]): Contender => ({
        ...contender(name, `${program} copy --quiet`),
        ours: name,
      })),
    ]);
  } finally {
    for (const proxy of proxies) await proxy.stop();
    await other.clear();
    await shell(`rm -f ${folder}/copied*`);
  }
}

/** Writes an image of random, uncompressed layers to a registry. */
async function makeImage(
  { ours, folder }: Setting,
  reference: string,
  layers: number,
  size: number,
): Promise<void> {
  const [program] = ours.values();
  const names = Array.from({ length: layers }, (_, layer) => `copied-${layer}`);
  // One after the other, so that only one layer at a time needs room on the disk.
  for (const name of names) {
    await shell(
      `cd ${folder} && head -c ${size} /dev/urandom >${name} && tar -cf ${name}.tar ${name} && rm ${name}`,
    );
  }
  const given = names.map((name) => `--layer ${folder}/${name}.tar`).join(" ");
  await shell(`${program} scratch ${reference} --quiet --compression none ${given}`);
}

/** Compares copying an image of ten layers between two distant registries. */
export async function withCopy(setting: Setting, go: Race): Promise<void> {
  await withImage(setting, TEN_LAYERS, go);
}

/** Measures copies of images with ten layers, with many small ones and with a large one; for the last, memory too. */
export async function measureCopy(setting: Setting): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const gibibytes = Math.min(LARGE_LAYER, setting.gibibytes);
  const { layers } = MANY_LAYERS;
  const cases: readonly (CopyCase & { readonly runs?: number })[] = [
    TEN_LAYERS,
    { title: `Copy of ${layers} layers of 10 KB, on this machine`, ...MANY_LAYERS, latency: 0 },
    {
      title: `Copy of ${layers} layers of 10 KB, registries ${LATENCY} ms away`,
      ...MANY_LAYERS,
      latency: LATENCY,
      runs: Math.min(setting.runs, FEW_RUNS),
    },
    {
      title: `Copy of a layer of ${gibibytes} GiB, on this machine`,
      layers: 1,
      size: Math.round(gibibytes * 1024) * MIB,
      latency: 0,
      runs: Math.min(setting.runs, FEW_RUNS),
    },
  ];
  for (const { runs = setting.runs, ...copied } of cases) {
    await withImage(setting, copied, async (contenders) => {
      const measurements = await race(`copy-${rows.length}`, contenders, runs);
      report(copied.title, measurements);
      rows.push({ title: copied.title, measurements });
      say("");
      for (const { name, prepare, command } of contenders) {
        await prepare?.("peak");
        const bytes = await peak(command("peak"), ReadableStream.from([]));
        say(`Peak memory of ${name}: ${(bytes / 1e6).toFixed(0)} MB`);
      }
    });
    await setting.clearRegistries();
  }
  return rows;
}
