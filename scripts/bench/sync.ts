/** Measures what it costs to update an image after one file of a large directory was changed. */

import { delay } from "../../lib/base/delay.ts";
import { say } from "../run.ts";
import { type Contender, race, report, shell } from "./measure.ts";
import { isThere } from "./programs.ts";
import { endChild, type ProxyCounts, startProxy } from "./servers.ts";
import type { Setting } from "./setting.ts";

/** The number of files, and the bytes of each. */
const FILES = 20_000;
const FILE_SIZE = 25_000;

/** Files of one directory. */
const IN_DIRECTORY = 100;

/** Makes files of real content, cut from an archive, which is repeated as needed. Each file begins with its number. */
async function makeDirectory({ folder, layer }: Setting): Promise<string> {
  const root = `${folder}/directory`;
  using archive = await Deno.open(layer);
  const { size } = await archive.stat();
  const content = new Uint8Array(FILE_SIZE);
  for (let at = 0; at < FILES; at++) {
    const directory = `${root}/${Math.floor(at / IN_DIRECTORY)}`;
    if (at % IN_DIRECTORY === 0) await Deno.mkdir(directory, { recursive: true });
    await archive.seek((at * FILE_SIZE) % (size - FILE_SIZE), Deno.SeekMode.Start);
    await archive.read(content);
    new DataView(content.buffer).setUint32(0, at);
    const path = `${directory}/${at}`;
    await Deno.writeFile(path, content);
    // In the past, since a change within two seconds of the file's time may go unnoticed.
    await Deno.utime(path, 1_000_000_000, 1_000_000_000);
  }
  return root;
}

/** The shell command that changes 1 KB of one file. */
const change = (directory: string): string =>
  `head -c 1024 /dev/urandom | dd of=${directory}/7/777 conv=notrunc status=none`;

/**
 * Compares `--sync` with a whole layer by crane, with a build and a push by Docker (if `dockerd` can be run: as root), and with rsync
 * between local directories.
 */
export async function measureSync(setting: Setting): Promise<void> {
  const { folder, registry, crane, ours, runs } = setting;
  const [way] = ours.values();
  if (way === undefined) throw new Error("Cannot measure --sync: there is no way to run it");
  const directory = await makeDirectory(setting);
  await setting.prepare(registry.address, "sync");
  const run = (cache: string, line: string): string =>
    `APPENDLAYER_CACHE=${folder}/${cache} ${way} ${line}`;
  const sync = `--sync ${directory}:/srv/app`;
  for (const kind of ["gzip", "zstd:chunked", "estargz"]) {
    const images = `${registry.address}/sync:1 ${registry.address}/sync:${kind.replace(":", "-")}`;
    await shell(run("cache", `${images} ${sync} --compression=${kind}`));
  }
  await shell(change(directory));
  const docker = await startDocker(folder);
  const contenders = (address: string): Contender[] => {
    const from = (kind: string, turn: string): string =>
      `${address}/sync:${kind} ${address}/sync:${turn} ${sync}`;
    return [
      {
        name: "tar, crane append",
        command: (turn) =>
          `tar c -C ${directory} . | ${crane} append --insecure -b ${address}/sync:1 -f - -t ${address}/sync:${turn}`,
      },
      { name: "known", command: (turn) => run("cache", from("gzip", turn)) },
      {
        name: "known, --checksum",
        command: (turn) => run("cache", `${from("gzip", turn)} --checksum`),
      },
      { name: "zstd:chunked, cold", command: (turn) => run(turn, from("zstd-chunked", turn)) },
      { name: "estargz, cold", command: (turn) => run(turn, from("estargz", turn)) },
      { name: "gzip, cold", command: (turn) => run(turn, from("gzip", turn)) },
      ...docker === undefined ? [] : [dockerContender(docker.client, directory, address)],
    ];
  };
  const rsync: Contender = {
    name: "rsync to a local directory",
    prepare: async () => {
      await shell(`rsync -a ${directory}/ ${folder}/rsynced/ && ${change(directory)}`);
    },
    command: () => `rsync -a --delete ${directory}/ ${folder}/rsynced/`,
  };
  try {
    const local = await isThere("rsync") ? [rsync] : [];
    const all = [...contenders(registry.address), ...local];
    report(`One file of ${FILES} changed`, await race("sync", all, runs));
    await reportTraffic(registry.address, contenders);
  } finally {
    await docker?.stop();
  }
}

/** Runs each contender once more, and prints the bytes that it sent and read, and its requests. */
async function reportTraffic(
  registry: string,
  contenders: (address: string) => readonly Contender[],
): Promise<void> {
  const proxy = await startProxy(registry, { latency: 0 });
  const rows: (ProxyCounts & { readonly name: string })[] = [];
  try {
    for (const [index, contender] of contenders(proxy.address).entries()) {
      const turn = `traffic-${index}`;
      await contender.prepare?.(turn);
      const before = { ...proxy.counts };
      await shell(contender.command(turn));
      const { requests, bytes, read, large } = proxy.counts;
      rows.push({
        name: contender.name,
        requests: requests - before.requests,
        bytes: bytes - before.bytes,
        read: read - before.read,
        large: large - before.large,
      });
    }
  } finally {
    await proxy.stop();
  }
  const [first] = rows;
  say("\n| | bytes sent | of the first | bytes read | of what the first sent | requests |");
  say("| --- | --- | --- | --- | --- | --- |");
  for (const { name, bytes, read, requests } of rows) {
    const [sent, got] = [bytes, read].map((one) => (one / (first?.bytes ?? NaN)).toFixed(5));
    say(`| ${name} | ${bytes} | ${sent} | ${read} | ${got} | ${requests} |`);
  }
}

/** Builds and pushes a whole layer. All but one of its files are in the builder's cache. */
function dockerContender(client: string, directory: string, address: string): Contender {
  const file = `${directory}.Dockerfile`;
  return {
    name: "docker build, docker push",
    prepare: async () => {
      await Deno.writeTextFile(file, `FROM ${address}/sync:1\nCOPY . /srv/app\n`);
      await shell(change(directory));
    },
    command: (turn) =>
      `DOCKER_BUILDKIT=1 ${client} build -q -t ${address}/sync:${turn} -f ${file} ${directory} && ${client} push -q ${address}/sync:${turn}`,
  };
}

/** Starts a separate Docker daemon; undefined if that is impossible. */
async function startDocker(
  folder: string,
): Promise<{ readonly client: string; stop(): Promise<void> } | undefined> {
  if (Deno.uid() !== 0 || !await isThere("dockerd")) return undefined;
  const host = `unix://${folder}/docker.sock`;
  const data = ["data-root", "exec-root"].map((name) => `--${name}=${folder}/docker-${name}`);
  const child = new Deno.Command("dockerd", {
    args: [
      ...[`--host=${host}`, `--pidfile=${folder}/docker.pid`, ...data],
      ...["--iptables=false", "--ip6tables=false", "--bridge=none"],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = (): Promise<void> => endChild(child);
  const client = `${Deno.env.get("DOCKER") ?? "docker"} --host ${host}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    const answers = await shell(`${client} info`).then(() => true, () => false);
    if (answers) return { client, stop };
    await delay(100);
  }
  await stop();
  return undefined;
}
