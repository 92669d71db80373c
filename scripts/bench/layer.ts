/** Measures a layer from standard input to a registry on loopback, uncompressed or already compressed. */

import { type Contender, race, report, type Row, shell } from "./measure.ts";
import { lastLayerSize, type Setting } from "./setting.ts";

/** The shell command for an upload with curl: a session, one streamed PATCH, and a PUT that closes it. */
export function upload(
  address: string,
  repository: string,
  compressed: string,
  beside = "",
): string {
  return `
    base=http://${address}
    header() { tr -d '\\r' | sed -n 's/^[Ll]ocation: //p'; }
    absolute() { case $1 in /*) echo "$base$1";; *) echo "$1";; esac; }
    place=$(absolute "$(curl -sf -i -X POST $base/v2/${repository}/blobs/uploads/ | header)")
    digest=$(mktemp)
    place=$(absolute "$(${compressed} | tee >(sha256sum >$digest) | curl -sf -i -X PATCH -T - \
      -H 'Content-Type: application/octet-stream' "$place" | header)")
    ${beside}
    while ! [ -s $digest ]; do sleep 0.001; done
    curl -sf -X PUT "$place&digest=sha256:$(cut -d ' ' -f 1 $digest)" -o /dev/null
    rm $digest`;
}

/** The level of pigz whose result is closest to a size. */
async function closestLevel(layer: string, size: number): Promise<number> {
  const sizes: number[] = [];
  for (let level = 1; level <= 6; level++) {
    sizes.push(Number(await shell(`pigz -p2 -${level} <${layer} | wc -c`)));
  }
  const distances = sizes.map((bytes) => Math.abs(bytes - size));
  return distances.indexOf(Math.min(...distances)) + 1;
}

/** Appends from standard input with each program of ours. */
export function ourContenders(
  { ours, registry, prepare }: Setting,
  layer: string,
  options = "",
): Contender[] {
  const { address } = registry;
  return [...ours].map(([name, program]) => ({
    name: `${name}${options && ` ${options}`}`,
    ours: name,
    prepare: (turn): Promise<void> => prepare(address, turn),
    command: (turn): string =>
      `cat ${layer} | ${program} ${address}/${turn}:1 ${address}/${turn}:2 --quiet ${options}`,
    size: (turn): Promise<number> => lastLayerSize(address, `${turn}:2`),
  }));
}

/** Appends from standard input with crane. */
export function craneContender(setting: Setting, layer: string): Contender {
  const { crane, prepare } = setting;
  const { address } = setting.registry;
  return {
    name: "crane append",
    prepare: (turn): Promise<void> => prepare(address, turn),
    command: (turn): string =>
      `cat ${layer} | ${crane} append --insecure -b ${address}/${turn}:1 -f - -t ${address}/${turn}:2`,
    size: (turn): Promise<number> => lastLayerSize(address, `${turn}:2`),
  };
}

/** The setting with only those of our programs whose runtime has zstd. */
async function withZstd(setting: Setting): Promise<Setting> {
  const { folder } = setting;
  const able: [string, string][] = [];
  for (const [name, program] of setting.ours) {
    const command =
      `${program} scratch oci:${folder}/none:1 --dry-run --compression zstd <${folder}/base.tar`;
    if (await shell(command).then(() => true, () => false)) able.push([name, program]);
  }
  return { ...setting, ours: new Map(able) };
}

/** Compares gzip and zstd with crane, and with compressors that are piped into curl. */
export async function measureLayer(setting: Setting): Promise<readonly Row[]> {
  const { layer, registry, runs } = setting;
  const [probe] = ourContenders(setting, layer);
  if (probe === undefined) throw new Error("There is no program of ours");
  await probe.prepare?.("probe");
  await shell(probe.command("probe"));
  const level = await closestLevel(layer, await probe.size?.("probe") ?? 0);
  const piped = (command: string): Contender => ({
    name: `${command} \\| curl`,
    prepare: (turn): Promise<void> => setting.prepare(registry.address, turn),
    command: (turn): string => upload(registry.address, turn, `cat ${layer} | ${command}`),
    size: async (): Promise<number> => Number(await shell(`${command} <${layer} | wc -c`)),
  });
  const gzip = ourContenders(setting, layer);
  const zstd = ourContenders(await withZstd(setting), layer, "--compression zstd");
  const measured = await race("layer", [
    craneContender(setting, layer),
    ...gzip,
    ...zstd,
    piped(`pigz -p2 -${level}`),
    piped("zstd -q -T0"),
  ], runs);
  report("A tar from standard input to docker-registry on loopback", measured);
  const megabytes = ((await Deno.stat(layer)).size / 1e6).toFixed(0);
  const rows = [
    ["gzip", measured[0], gzip],
    ["zstd, beside crane's gzip", measured[0], zstd],
    ["gzip", measured.at(-2), gzip],
    ["zstd", measured.at(-1), zstd],
  ] as const;
  return rows.map(([title, peer, ours]) => ({
    title: `${megabytes} MB from standard input, ${title}`,
    measurements: measured.filter((one) =>
      one === peer || ours.some(({ name }) => name === one.name)
    ),
  }));
}

/** Compares sending a compressed layer as it is with curl and the decompression of the same file. */
export async function measurePassThrough(setting: Setting): Promise<readonly Row[]> {
  const { layer, registry, runs } = setting;
  const rows: Row[] = [];
  const formats = [["gzip", "gzip -6", "gzip -dc"], ["zstd", "zstd -q", "zstd -q -dc"]] as const;
  for (const [format, compress, decompress] of formats) {
    const file = `${layer}.${format}`;
    await shell(`${compress} <${layer} >${file}`);
    const title = `A ${format} layer passed through`;
    const measurements = await race(`pass-${format}`, [
      {
        name: `curl, then ${decompress}`,
        prepare: (turn): Promise<void> => setting.prepare(registry.address, turn),
        command: (turn): string =>
          upload(registry.address, turn, `cat ${file}`, `${decompress} ${file} >/dev/null`),
      },
      ...ourContenders(format === "zstd" ? await withZstd(setting) : setting, file),
    ], runs);
    report(title, measurements);
    rows.push({ title, measurements });
    await Deno.remove(file);
  }
  return rows;
}
