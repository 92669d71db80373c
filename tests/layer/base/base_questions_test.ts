import assert from "node:assert/strict";
import { test } from "node:test";
import { mayBeUsers, mayMatter } from "../../../lib/layer/base/base_questions.ts";

const NEVER = [
  "",
  "usr",
  "usr/share",
  "usr/local/bin",
  "etc",
  "opt",
  "srv",
  "var",
  "var/lib",
  "tmp",
];
const AS_ROOT_NOT = ["usr/share/nginx/html", "etc/nginx", "etc/nginx/conf.d", "usr/src/app"];
const ALWAYS = [
  ...["bin", "lib", "sbin/x", "var/run", "var/run/x", "etc/ssl/certs", "etc/pki/tls/certs"],
  ...["opt/airflow", "opt/airflow/dags", "var/lib/postgresql/data", "srv/site", "app", "usr/lib64"],
];

test("mayMatter() says no of what every image has, and of /etc and /usr where the image runs as root", () => {
  for (const runsAsRoot of [true, false]) {
    for (const path of NEVER) assert.equal(mayMatter(path, { runsAsRoot }), false, path);
    for (const path of ALWAYS) assert.equal(mayMatter(path, { runsAsRoot }), true, path);
    for (const path of AS_ROOT_NOT) {
      assert.equal(mayMatter(path, { runsAsRoot }), !runsAsRoot, path);
    }
  }
});

test("mayBeUsers() says of what every image has whether a program may have to write there", () => {
  for (const path of ["srv", "opt", "home", "var/lib", "var", "mnt"]) {
    assert.equal(mayBeUsers(path), true, path);
  }
  for (const path of ["", "usr", "etc", "usr/share", "bin", "srv/site", "usr/local/bin"]) {
    assert.equal(mayBeUsers(path), false, path);
  }
});
