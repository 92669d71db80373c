/** Registries that are far away. */

import { type Contender, race, report, type Row, shell } from "./measure.ts";
import { startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

/** Milliseconds added to every request. */
const LATENCY = 50;

/** What is raced at a distance; the first contender is crane. */
type Race = (contenders: readonly Contender[]) => Promise<void>;

/** Has a layer of one file appended, with or without a token service. */
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

/** A layer of one file, with and without a token service. */
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

/** Layers of the image that is copied, and bytes of each. */
const LAYERS = 10;
const LAYER_SIZE = 4 * 1024 * 1024;

/** Has an image of ten layers copied from one registry to another. */
export async function withCopy(setting: Setting, go: Race): Promise<void> {
  const { crane, ours, registry, folder } = setting;
  const source = await startProxy(registry.address, { latency: LATENCY });
  const target = await startProxy((await setting.startRegistry()).address, { latency: LATENCY });
  try {
    // Every contender gets layers that the other registry has not seen.
    const before = async (turn: string): Promise<void> => {
      const files: string[] = [];
      for (let layer = 0; layer < LAYERS; layer++) {
        const name = `${folder}/copy-${layer}`;
        await shell(
          `head -c ${LAYER_SIZE} /dev/urandom >${name}.bin && tar -C ${folder} -cf ${name}.tar copy-${layer}.bin`,
        );
        files.push(`-f ${name}.tar`);
      }
      await shell(
        `${crane} append --insecure ${files.join(" ")} -t ${registry.address}/${turn}:1`,
      );
    };
    await go([
      {
        name: "crane copy",
        prepare: before,
        command: (turn): string =>
          `${crane} copy --insecure ${source.address}/${turn}:1 ${target.address}/${turn}:1`,
      },
      ...[...ours].map(([name, program]): Contender => ({
        name,
        ours: name,
        prepare: before,
        command: (turn): string =>
          `${program} copy ${source.address}/${turn}:1 ${target.address}/${turn}:1 --quiet`,
      })),
    ]);
  } finally {
    await source.stop();
    await target.stop();
  }
}

/** An image of ten layers from one registry to another. */
export async function measureCopy(setting: Setting): Promise<readonly Row[]> {
  const title =
    `Copy of an image of ${LAYERS} layers of 4 MiB between two registries, ${LATENCY} ms on every request`;
  const rows: Row[] = [];
  await withCopy(setting, async (contenders) => {
    const measurements = await race("copy", contenders, setting.runs);
    report(title, measurements);
    rows.push({ title, measurements });
  });
  return rows;
}
