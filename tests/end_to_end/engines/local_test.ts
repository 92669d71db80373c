/** Images in an engine of this machine: from there, to there, and what goes over its socket. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer } from "../appendlayer.ts";
import { putBase } from "../base_image.ts";
import { withCountingSocket } from "../counting_socket.ts";
import { layoutStore } from "../image_store.ts";
import { succeed } from "../program.ts";
import { withDirectory } from "../scratch.ts";
import { testWithEngines } from "./engines.ts";

/** Bytes over the socket, both ways together; the base has some two million. */
const MOST_BYTES = 64 * 1024;

testWithEngines(
  "an image of an engine gets a layer there: nothing of the base is sent, and nothing is left behind",
  (engine) =>
    engine.start(({ tree, run, withApi }) =>
      withDirectory(async (directory) => {
        assert(tree !== undefined && withApi !== undefined);
        const layout = join(directory, "image");
        const file = join(directory, "file");
        await writeFile(file, crypto.getRandomValues(new Uint8Array(512)));
        await putBase(layoutStore(layout), "oci", "plain");
        await withApi((upstream) =>
          withCountingSocket(join(directory, "s"), upstream, async (socket) => {
            const env = { DOCKER_HOST: socket.address, APPENDLAYER_CACHE: join(directory, "c") };
            const call = async (...args: readonly string[]): Promise<string> => {
              const { code, stdout, stderr } = await appendlayer(args, { env });
              assert.equal(code, 0, stderr);
              return stdout;
            };
            const owned = ["--add", `${file}:/srv/app/old`, "--chown", "7:8"];
            await call(`oci:${layout}:plain`, "docker-daemon:base:1", ...owned);
            for (const tag of ["first", "second"]) {
              socket.takeBytes();
              await writeFile(file, `of the ${tag} run\n`);
              const target = `docker-daemon:site:${tag}`;
              const shown = await call(
                "docker-daemon:base:1",
                target,
                "--add",
                `${file}:/srv/app/`,
              );
              assert.match(shown, /^docker-daemon:site:\w+@sha256:[0-9a-f]{64}\n$/);
              const bytes = socket.takeBytes();
              // Podman does not say whose a directory is, so that its layers are read once.
              if (engine.product !== "Podman" || tag === "second") {
                assert.ok(bytes < MOST_BYTES, `${bytes} bytes in the ${tag} run`);
              }
              const files = await tree(`site:${tag}`);
              assert.equal(files.get("srv/app")?.uid, 7);
              assert.equal(files.get("etc/architecture")?.type, "file");
              assert.equal(files.get("srv/app/file")?.type, "file");
              // Podman 5 starts none without version 2 of Linux's control groups.
              if (engine.product === "Podman" && (engine.version[0] ?? 0) >= 5) continue;
              assert.equal(
                await run(`site:${tag}`, "cat", "/srv/app/file"),
                `of the ${tag} run\n`,
              );
            }
            const left = await call(
              "export",
              "docker-daemon:site:second",
              "--file",
              "/srv/app/file",
            );
            assert.equal(left, "of the second run\n");
            const socketPath = upstream.replace("unix://", "");
            const containers = await succeed([
              ...["curl", "--silent", "--unix-socket", socketPath],
              "http://localhost/containers/json?all=1",
            ]);
            assert.deepEqual(JSON.parse(containers), []);
          })
        );
      })
    ),
  { only: (name) => name.startsWith("Docker") || name.startsWith("Podman"), needs: ["curl"] },
);
