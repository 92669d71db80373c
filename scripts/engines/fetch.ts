/**
 * Installs today's container engines beside those of this machine, for `deno task test --long`: Docker, containerd, Podman, umoci and
 * skopeo of Debian's unstable suite, with libraries of their own. Nothing outside the directory is touched.
 *
 * `deno run -A scripts/engines/fetch.ts DIRECTORY` needs Debian: packages come from the archive that apt is configured with, and are
 * checked against the archive's signature.
 */

import { run, say } from "../run.ts";
import { type Package, parsePackages, withLibraries } from "./packages.ts";

/** The packages of the engines' programs. */
const PROGRAMS = [
  ...["docker.io", "docker-cli", "containerd", "runc", "tini"],
  ...["podman", "conmon", "crun", "netavark"],
  ...["umoci", "skopeo"],
];

const SUITE = "sid";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The output of a command; throws if it fails. */
async function outputOf(...command: [string, ...string[]]): Promise<string> {
  const { code, stdout, output } = await run(command);
  if (code !== 0) throw new Error(`Cannot run "${command.join(" ")}": ${output.trim()}`);
  return stdout;
}

/** The URL of Debian's main archive in apt's configuration, with a trailing slash. */
async function findArchive(): Promise<string> {
  const targets = await outputOf(
    "apt-get",
    "indextargets",
    "--format",
    "$(REPO_URI) $(ORIGIN) $(RELEASE)",
    "Created-By: Packages",
  );
  const found = targets.split("\n").map((line) => line.split(" ")).find(([, origin, release]) =>
    origin === "Debian" && release !== undefined && !/-(?:security|updates)/.test(release)
  );
  if (found?.[0] === undefined) throw new Error("Cannot find Debian's archive: apt knows none");
  return found[0];
}

async function download(url: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { signal: AbortSignal.timeout(300_000) });
  if (!response.ok) throw new Error(`Cannot fetch ${url}: ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  await Deno.writeFile(path, bytes);
  return bytes;
}

async function requireHash(bytes: Uint8Array<ArrayBuffer>, expected: string): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== expected) throw new Error(`Expected SHA-256 ${expected}, got ${found}`);
}

/** The list of packages, which is checked by the archive's signed release file. */
async function fetchPackages(
  archive: string,
  architecture: string,
  directory: string,
): Promise<ReadonlyMap<string, Package>> {
  const release = `${directory}/InRelease`;
  await download(`${archive}dists/${SUITE}/InRelease`, release);
  await outputOf("gpgv", "--quiet", "--keyring", KEYRING, release);
  const name = `main/binary-${architecture}/Packages.xz`;
  const text = await Deno.readTextFile(release);
  const hash = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${name}$`, "m").exec(text)?.[1];
  if (hash === undefined) throw new Error(`Cannot find ${name} in ${release}`);
  const list = `${directory}/Packages.xz`;
  await requireHash(await download(`${archive}dists/${SUITE}/${name}`, list), hash);
  return parsePackages(await outputOf("xz", "--decompress", "--stdout", list));
}

/** Unpacks a package below a directory. */
async function install(
  archive: string,
  { path, sha256 }: Package,
  directory: string,
): Promise<void> {
  const file = `${directory}/package.deb`;
  await requireHash(await download(archive + path, file), sha256);
  await outputOf("dpkg-deb", "--extract", file, directory);
  await Deno.remove(file);
}

/** The files of a directory and its subdirectories. */
async function* listFiles(directory: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* listFiles(path);
    else if (entry.isFile) yield path;
  }
}

/**
 * The machine's `patchelf`, or that of its own release: programs in Go that were changed by the unstable suite's version (0.18) crash.
 */
async function findPatchelf(directory: string): Promise<string> {
  if ((await run(["patchelf", "--version"])).code === 0) return "patchelf";
  const place = await Deno.makeTempDir({ dir: directory });
  const { code, output } = await run(["apt-get", "download", "patchelf"], { cwd: place });
  if (code !== 0) throw new Error(`Cannot get patchelf: ${output.trim()}`);
  for await (const { name } of Deno.readDir(place)) {
    if (name.endsWith(".deb")) await outputOf("dpkg-deb", "--extract", `${place}/${name}`, place);
  }
  return `${place}/usr/bin/patchelf`;
}

/** Makes every program use the libraries that came with it, even if it executes itself by `/proc/self/exe`. */
async function linkPrograms(directory: string): Promise<void> {
  const loader = (await Array.fromAsync(listFiles(`${directory}/usr`)))
    .find((path) => /\/ld-linux[^/]*\.so\.\d$/.test(path));
  if (loader === undefined) throw new Error(`Cannot find a dynamic loader in ${directory}`);
  const libraries = loader.slice(0, loader.lastIndexOf("/"));
  const patchelf = await findPatchelf(directory);
  for (const folder of ["usr/bin", "usr/sbin", "usr/lib/podman", "usr/libexec/podman"]) {
    const path = `${directory}/${folder}`;
    if (!(await Deno.stat(path).catch(() => undefined))?.isDirectory) continue;
    for await (const program of listFiles(path)) {
      // This fails, and is not needed, for statically linked programs and other files.
      const options = ["--set-interpreter", loader, "--set-rpath", libraries, "--force-rpath"];
      await run([patchelf, ...options, program]);
    }
  }
}

/** Writes Podman's settings, by which it finds its own programs, not those of the machine. */
async function writeSettings(directory: string): Promise<void> {
  const helpers = (await Array.fromAsync(listFiles(`${directory}/usr/lib`)))
    .find((path) => path.endsWith("/netavark"))?.replace(/\/netavark$/, "");
  await Deno.writeTextFile(
    `${directory}/containers.conf`,
    `[network]
network_backend = "netavark"
[engine]
helper_binaries_dir = ["${helpers ?? ""}"]
conmon_path = ["${directory}/usr/bin/conmon"]
runtime = "crun"
[engine.runtimes]
crun = ["${directory}/usr/bin/crun"]
`,
  );
}

/** Installs the engines, unless they are there. */
export async function fetchEngines(directory: string): Promise<void> {
  const done = `${directory}/containers.conf`;
  if (await Deno.stat(done).catch(() => undefined) !== undefined) return;
  await Deno.mkdir(directory, { recursive: true });
  const root = await Deno.realPath(directory);
  const archive = await findArchive();
  const architecture = (await outputOf("dpkg", "--print-architecture")).trim();
  const packages = await fetchPackages(archive, architecture, root);
  for (const one of withLibraries(PROGRAMS, packages)) await install(archive, one, root);
  await linkPrograms(root);
  // Last, since its file marks a complete installation.
  await writeSettings(root);
}

async function main([directory]: readonly string[]): Promise<void> {
  if (directory === undefined) throw new Error("Cannot go on without a directory");
  await fetchEngines(directory);
  for (const name of ["sbin/dockerd", "bin/containerd", "bin/podman", "bin/umoci", "bin/skopeo"]) {
    say((await outputOf(`${directory}/usr/${name}`, "--version")).split("\n")[0]);
  }
}

if (import.meta.main) main(Deno.args);
