/** An index of many platforms against a single image. */

import { type Contender, race, report, shell } from "./measure.ts";
import { startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

const COUNTS = [1, 20] as const;
const LATENCY = 50;

/** Makes an index of as many platforms, each with a layer of its own. */
export async function makeIndex(setting: Setting, reference: string, count: number): Promise<void> {
  const { crane, folder, registry } = setting;
  const [repository] = reference.split(":");
  const images: string[] = [];
  for (let i = 0; i < count; i++) {
    const image = `${registry.address}/${repository}:platform-${i}`;
    const platform = `linux/arm64/v${i + 1}`;
    await shell(
      `cd ${folder} && echo ${i} >platform-${i}.txt && tar -cf platform.tar platform-${i}.txt && ` +
        `${crane} append --insecure --platform ${platform} -f platform.tar -t ${image} && ` +
        `${crane} mutate --insecure --set-platform ${platform} ${image} -t ${image}`,
    );
    images.push(`-m ${image}`);
  }
  await shell(
    `${crane} index append --insecure ${images.join(" ")} -t ${registry.address}/${reference}`,
  );
}

/** A layer onto every image of an index. */
export async function measurePlatforms(setting: Setting): Promise<void> {
  const { ours, registry, runs, folder } = setting;
  await shell(`head -c 20000000 ${setting.layer} >${folder}/part.bin`);
  await shell(`tar -C ${folder} -cf ${folder}/part.tar part.bin`);
  for (const latency of [0, LATENCY]) {
    const far = await startProxy(registry.address, { latency });
    try {
      for (const [name, program] of ours) {
        const contenders = COUNTS.map((count): Contender => ({
          name: `${name}, ${count} platforms`,
          prepare: (turn): Promise<void> => makeIndex(setting, `${turn}:1`, count),
          command: (turn): string =>
            `cat ${folder}/part.tar | ${program} ${far.address}/${turn}:1 ${far.address}/${turn}:2 --quiet`,
        }));
        report(
          `A layer of 20 MB onto an index, ${latency} ms on every request`,
          await race(
            `index-${latency}-${name.replaceAll(/\W+/g, "-").toLowerCase()}`,
            contenders,
            runs,
          ),
        );
      }
    } finally {
      await far.stop();
    }
  }
}
