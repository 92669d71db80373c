import assert from "node:assert/strict";
import { test } from "node:test";
import { MissingParentFinder } from "../../../lib/layer/files/missing_parent_finder.ts";

function find(...paths: readonly string[]): string | undefined {
  const finder = new MissingParentFinder();
  for (const path of paths) finder.add({ path, type: path.endsWith("/") ? "directory" : "file" });
  return finder.found;
}

test("MissingParentFinder finds a directory above an entry that has no entry", () => {
  assert.equal(find("a", "./opt/airflow/dags/x.py"), "opt/airflow");
  assert.equal(find("srv/", "srv/x", "app/y/", "app/y/z"), "app");
  assert.equal(find("home/node/.wh.x"), "home/node");
  assert.equal(find("./usr/a", "./usr/b", "./srv/", "./srv/x", "./usrx/y", "./app/z"), "usrx");
});

test("MissingParentFinder passes over what has an entry, is in every image, or mostly root's", () => {
  assert.equal(find("x", "opt/x", "tmp/x", "var/lib/x"), undefined);
  assert.equal(find("opt/airflow/", "opt/airflow/dags/x.py", "app/"), undefined);
  assert.equal(find("usr/share/nginx/html/x", "etc/nginx/conf.d/x"), undefined);
  assert.equal(find("../x/y", "/", "./"), undefined);
});

test("MissingParentFinder gives up on an archive with very many directories", () => {
  const many = Array.from({ length: 1_000 }, (_, index) => `d${index}/`);
  assert.equal(find(...many.slice(1), "app/x"), "app");
  assert.equal(find(...many, "app/x"), undefined);
});
