/** Compares an index of many platforms with a single image. */

import { say } from "../run.ts";
import { timeIndexRequests } from "./index_requests.ts";
import { type Contender, type Measurement, race, report, type Row, shell } from "./measure.ts";
import { startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";
import { median } from "./statistics.ts";

const COUNTS = [1, 20] as const;
const LATENCY = 50;

/** Writes an index of a number of platforms, each with its own layer, to a repository. It is made once, and then copied. */
export async function prepareIndex(
  setting: Setting,
  reference: string,
  count: number,
): Promise<void> {
  const { crane, registry } = setting;
  const template = `${registry.address}/index-of-${count}:1`;
  const isThere = await shell(`${crane} digest --insecure ${template}`).then(
    () => true,
    () => false,
  );
  if (!isThere) await makeIndex(setting, `index-of-${count}:1`, count);
  await shell(`${crane} copy --insecure ${template} ${registry.address}/${reference}`);
}

async function makeIndex(setting: Setting, reference: string, count: number): Promise<void> {
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

/** Measures appending a layer to every image of an index. */
export async function measurePlatforms(setting: Setting): Promise<readonly Row[]> {
  const { ours, registry, runs, folder } = setting;
  const rows: Row[] = [];
  await shell(`head -c 20000000 ${setting.layer} >${folder}/part.bin`);
  await shell(`tar -C ${folder} -cf ${folder}/part.tar part.bin`);
  for (const latency of [0, LATENCY]) {
    const far = await startProxy(registry.address, { latency });
    try {
      const byCount = COUNTS.map((): Measurement[] => []);
      for (const [name, program] of ours) {
        const contenders = COUNTS.map((count): Contender => ({
          name: `${name}, ${count} platforms`,
          ours: name,
          prepare: (turn): Promise<void> => prepareIndex(setting, `${turn}:1`, count),
          command: (turn): string =>
            `cat ${folder}/part.tar | ${program} ${far.address}/${turn}:1 ${far.address}/${turn}:2 --quiet`,
        }));
        const measured = await race(
          `index-${latency}-${name.replaceAll(/\W+/g, "-").toLowerCase()}`,
          contenders,
          runs,
        );
        report(`A layer of 20 MB onto an index, ${latency} ms on every request`, measured);
        for (const [index, one] of measured.entries()) byCount[index]?.push(one);
      }
      for (const count of COUNTS) {
        const repository = `requests-${latency}-${count}`;
        await prepareIndex(setting, `${repository}:1`, count);
        const times: number[] = [];
        for (let run = 0; run < runs; run++) {
          times.push(await timeIndexRequests(far.address, repository));
        }
        say(`The requests alone, ${count} platforms: ${(median(times) / 1_000).toFixed(2)} s`);
      }
      for (const [index, measurements] of byCount.entries()) {
        const title = `20 MB onto an index of ${COUNTS[index]}, ${latency} ms on every request`;
        rows.push({ title, measurements });
      }
    } finally {
      await far.stop();
    }
  }
  return rows;
}
