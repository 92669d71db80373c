import assert from "node:assert/strict";
import { test } from "node:test";
import { describeAdditions, describeArchive } from "../../../lib/cli/options/describe_layers.ts";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const NONE = { deletions: [], opaque: [] };

test("describeAdditions() has the last component of each source, and all destinations", () => {
  const add = (source: string, destination: string): string =>
    describeAdditions([{ source, destination }], NONE);
  assert.equal(add("dags", "/opt/airflow/dags"), "ADD dags /opt/airflow/dags");
  assert.equal(add("/home/me/dags/", "opt"), "ADD dags /opt");
  assert.equal(add("C:\\work\\dags", "/"), "ADD dags /");
  assert.equal(add(".", "/srv/"), "ADD . /srv/");
  assert.equal(add("/", "/"), "ADD / /");
  assert.equal(
    describeAdditions([{ source: "a", destination: "/" }], { deletions: ["x"], opaque: ["/y"] }),
    "DELETE /x; DELETE /y/*; ADD a /",
  );
});

test("describeArchive() tells standard input and the prefix", () => {
  assert.equal(describeArchive("-"), "ADD - /");
  assert.equal(describeArchive("dist/site.tar.gz", "srv"), "ADD site.tar.gz /srv");
});

test("append and edit write the history, and --replace keeps an image small", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const tag = "registry.test/acme/app:1";
  const run = async (command: string, input: string, ...more: string[]): Promise<string> => {
    const io = createFakeIo({ fetch, input: tarOf("a", input) });
    assert.equal(await main([command, tag, tag, ...more], io), 0, io.errors());
    return io.errors();
  };
  const history = (): unknown =>
    readImage(store, "acme/app", "1").config.history.slice(3).map(
      (entry: { created_by: string }) => entry.created_by,
    );
  await run("append", "1", "--replace", "app", "--prefix", "/srv");
  await run("append", "2", "--replace", "app", "--prefix", "/srv");
  assert.deepEqual(history(), ["ADD - /srv"]);
  assert.match(await run("append", "2", "--replace=app", "--prefix=/srv"), /app:1: unchanged\n/);
  await run("edit", "", "--env", "MODE=production");
  await run("edit", "", "--cmd", "x", "--history", "tuned", "--comment", "why");
  assert.deepEqual(history(), ["ADD - /srv", "ENV MODE=production", "tuned"]);
  const io = createFakeIo({ fetch });
  assert.equal(await main(["append", tag, tag, "--replace", "a b"], io), 2);
  assert.match(io.errors(), /Cannot use --replace: expected up to 128 letters/);
});
