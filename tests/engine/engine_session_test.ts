import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import { rebaseImage } from "../../lib/image/verbs/rebase.ts";
import { createFakeRegistry, type FakeRegistry } from "../fake_registry/fake_registry.ts";
import { readImage, sha256, tarOf } from "../image/fake_images.ts";
import { createFakeEngine, type FakeEngine } from "./fake_engine.ts";

const OLD = tarOf("old", "old");
const NEW = tarOf("new", "new");
const OWN = tarOf("own", "own");

interface Place {
  readonly engine: FakeEngine;
  readonly registry: FakeRegistry;
  readonly options: {
    readonly fetch: FakeRegistry["fetch"];
    readonly host: { readonly findEngine: FakeEngine["find"] };
  };
}

/** An old base, a new one, and an image on the old one, in an engine and in a registry. */
async function withImages(kind: "classic" | "podman" | "containerd"): Promise<Place> {
  const engine = createFakeEngine({ kind });
  const registry = createFakeRegistry();
  const options = { fetch: registry.fetch, host: { findEngine: engine.find } };
  for (const place of ["docker-daemon:", "registry.test/acme/"]) {
    const make = async (base: string, name: string, layer: typeof OWN): Promise<void> => {
      const target = `${place}${name}:1`;
      const env = { [name.toUpperCase()]: "1" };
      // The engine's own.
      const platforms = ["linux/arm64"];
      const rest = { ...options, compression: "none", platforms, env } as const;
      await appendLayer(base, target, { ...rest, layers: [layer] });
    };
    await make("scratch", "old", OLD);
    await make("scratch", "new", NEW);
    await make(`${place}old:1`, "app", OWN);
  }
  return { engine, registry, options };
}

/** Where an image, its new base and its old one are, and where the result goes: in the engine or not. */
const REBASES: readonly (readonly [image: string, onto: string, old: string, target: string])[] = [
  ["docker-daemon:", "docker-daemon:", "docker-daemon:", "docker-daemon:"],
  ["docker-daemon:", "docker-daemon:", "docker-daemon:", "registry.test/acme/"],
  ["docker-daemon:", "registry.test/acme/", "registry.test/acme/", "docker-daemon:"],
  ["registry.test/acme/", "docker-daemon:", "docker-daemon:", "docker-daemon:"],
  ["registry.test/acme/", "docker-daemon:", "registry.test/acme/", "registry.test/acme/"],
];

describe("several images of one engine", () => {
  for (const kind of ["classic", "podman", "containerd"] as const) {
    for (const [image, onto, old, target] of REBASES) {
      test(`rebaseImage() of ${image} onto ${onto} from ${old} to ${target}, in ${kind}`, async () => {
        const { engine, registry, options } = await withImages(kind);
        const rest = { ...options, onto: `${onto}new:1`, from: `${old}old:1` };
        await rebaseImage(`${image}app:1`, `${target}app:2`, rest);
        const made = engine.images.get("app:2");
        const config = made === undefined
          ? readImage(registry.store, "acme/app", "2").config
          : JSON.parse(new TextDecoder().decode(made.config));
        assert.deepEqual(config.rootfs.diff_ids, [sha256(NEW), sha256(OWN)]);
        assert.deepEqual([...config.config.Env].sort(), ["APP=1", "NEW=1"]);
        if (made === undefined) {
          const { layers } = readImage(registry.store, "acme/app", "2");
          assert.deepEqual(layers, [NEW, OWN]);
        }
      });
    }
  }

  for (const kind of ["classic", "containerd"] as const) {
    test(`appendLayer() asks the base, and not another image of its name, in ${kind}`, async () => {
      const asked: unknown[] = [];
      const engine = createFakeEngine({
        kind,
        answer(url, { body }): undefined {
          if (url.pathname !== "/containers/create") return;
          asked.push(JSON.parse(new TextDecoder().decode(body as Uint8Array)).Image);
        },
      });
      const options = { fetch: undefined as never, host: { findEngine: engine.find } };
      const rest = { ...options, compression: "none", readBase: "all" } as const;
      await appendLayer("scratch", "docker-daemon:app:1", { ...rest, layers: [OLD] });
      for (const to of ["2", "1"]) {
        const layers = [tarOf(`srv/${to}`, to)];
        await appendLayer("docker-daemon:app:1", `docker-daemon:app:${to}`, { ...rest, layers });
      }
      assert.deepEqual(asked, ["app:1", "app:1"]);
    });
  }
});
