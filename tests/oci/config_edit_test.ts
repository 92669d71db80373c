import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyConfig, type ImageConfig } from "../../lib/oci/config.ts";
import { checkConfigEdit, type ConfigEdit, editConfig } from "../../lib/oci/config_edit.ts";

const BASE: ImageConfig = {
  ...emptyConfig({ os: "linux", architecture: "amd64" }),
  config: {
    User: "root",
    ExposedPorts: { "80/tcp": {} },
    Env: ["PATH=/bin", "A=1", "EMPTY", "B=2"],
    Entrypoint: ["/entry"],
    Cmd: ["run"],
    Volumes: { "/data": {} },
    WorkingDir: "/",
    Labels: { z: "1", a: "2" },
    "x-unknown": 1,
  },
};

function edited(edit: ConfigEdit, base = BASE): ImageConfig["config"] {
  return editConfig(base, edit).config;
}

test("editConfig() without changes gives the same object back", () => {
  assert.equal(editConfig(BASE, {}), BASE);
});

test("editConfig() sets variables in their place and new ones at the end", () => {
  assert.deepEqual(edited({ env: { A: "9=9", NEW: "", EMPTY: "full" } })?.Env, [
    "PATH=/bin",
    "A=9=9",
    "EMPTY=full",
    "B=2",
    "NEW=",
  ]);
});

test("editConfig() unsets variables, and leaves no doubles of those that it sets", () => {
  const base = { ...BASE, config: { Env: ["A=1", "B=1", "A=2", "AB=3"] } };
  assert.deepEqual(edited({ env: { A: "3" } }, base)?.Env, ["A=3", "B=1", "AB=3"]);
  assert.deepEqual(edited({ env: { A: null } }, base)?.Env, ["B=1", "AB=3"]);
  assert.deepEqual(edited({ env: { A: null, B: null, AB: null } }, base), {});
});

test("editConfig() rejects a variable without a name or with one that cannot be", () => {
  for (const name of ["", "A=B", "A\0"]) {
    assert.throws(() => editConfig(BASE, { env: { [name]: "1" } }), TypeError);
  }
});

test("editConfig() leaves cmd alone when it sets the entrypoint", () => {
  const config = edited({ entrypoint: ["/other", "x"] });
  assert.deepEqual(config?.Entrypoint, ["/other", "x"]);
  assert.deepEqual(config?.Cmd, ["run"]);
});

test("editConfig() sets and unsets labels in place", () => {
  const { Labels } = edited({ labels: { z: "9", a: null, n: "3" } }) ?? {};
  assert.equal(JSON.stringify(Labels), '{"z":"9","n":"3"}');
  assert.deepEqual(edited({ labels: { a: "1" } }, { ...BASE, config: { Labels: null } }), {
    Labels: { a: "1" },
  });
});

test("editConfig() adds ports and volumes to those of the base", () => {
  const config = edited({ expose: ["80", "53/UDP", "8000-8002", "9-9/sctp"], volumes: ["/log"] });
  assert.deepEqual(config?.ExposedPorts, {
    "80/tcp": {},
    "53/udp": {},
    "8000/tcp": {},
    "8001/tcp": {},
    "8002/tcp": {},
    "9/sctp": {},
  });
  assert.deepEqual(config?.Volumes, { "/data": {}, "/log": {} });
});

test("editConfig() rejects what is not a port", () => {
  for (
    const port of ["", "http", "80/x", "-80", "800000", "0", "65536", "1-65536", "9-8"]
  ) {
    assert.throws(() => editConfig(BASE, { expose: [port] }), TypeError, port);
  }
});

test("editConfig() sets the plain fields", () => {
  assert.deepEqual(
    edited({
      cmd: ["x"],
      workdir: "/app",
      user: "1:1",
      stopSignal: "SIGINT",
      shell: ["bash", "-c"],
    }, {
      ...BASE,
      config: null,
    }),
    { Cmd: ["x"], WorkingDir: "/app", User: "1:1", StopSignal: "SIGINT", Shell: ["bash", "-c"] },
  );
});

test("editConfig() sets no working directory that a container cannot start in", () => {
  const windows: ImageConfig = { ...BASE, os: "windows" };
  const { os: _os, ...unnamed } = BASE;
  const valid: readonly [ImageConfig, string][] = [
    [BASE, "/"],
    [BASE, ""],
    [windows, "C:\\app"],
    [windows, "c:/app"],
    [windows, "/app"],
    [windows, "\\app"],
    [unnamed, "C:\\app"],
  ];
  for (const [base, workdir] of valid) {
    assert.equal(edited({ workdir }, base)?.WorkingDir, workdir);
  }
  const invalid: readonly [ImageConfig, string][] = [
    [BASE, "app"],
    [BASE, "./app"],
    [BASE, "C:\\app"],
    [windows, "app"],
    [windows, "C:app"],
  ];
  for (const [base, workdir] of invalid) {
    assert.throws(() => edited({ workdir }, base), {
      name: "TypeError",
      message: /^Cannot set the working directory ".*": expected an absolute path, as in ".+app"$/,
    });
  }
});

test("editConfig() sets the stop signals that Docker knows, as they are written", () => {
  const valid = [
    "",
    "SIGTERM",
    "quit",
    "SigUsr1",
    "9",
    "1",
    "64",
    "SIGRTMIN+3",
    "rtmax-14",
    "RTMIN",
  ];
  for (const stopSignal of valid) {
    assert.equal(edited({ stopSignal })?.StopSignal, stopSignal);
  }
  const invalid = ["SIGFOO", "SIG", " ", "TERM ", "0", "65", "-1", "1.5", "RTMIN+16", "RTMAX-15"];
  for (const stopSignal of [...invalid, "SIGRTMIN+0", "SIGSIGTERM", "constructor"]) {
    assert.throws(() => edited({ stopSignal }), {
      name: "TypeError",
      message: `Cannot set the stop signal ${
        JSON.stringify(stopSignal)
      }: expected a signal of Linux, as in "SIGTERM", or its number, 1 to 64`,
    });
  }
});

test("editConfig() sets no user that is blank", () => {
  for (const user of ["", "0", "NT AUTHORITY\\SYSTEM"]) {
    assert.equal(edited({ user })?.User, user);
  }
  for (const user of [" ", "\t\n"]) {
    assert.throws(() => edited({ user }), {
      name: "TypeError",
      message: `Cannot set the user ${JSON.stringify(user)}: expected "USER" or "USER:GROUP"`,
    });
  }
});

test("editConfig() takes fields out for null and keeps unknown ones", () => {
  const config = edited({
    entrypoint: null,
    cmd: null,
    workdir: null,
    user: null,
    expose: null,
    volumes: null,
    stopSignal: null,
    healthcheck: null,
    shell: null,
    labels: { z: null, a: null },
  });
  assert.deepEqual(config, { Env: BASE.config?.Env, "x-unknown": 1 });
});

test("editConfig() writes a health check's times in nanoseconds", () => {
  const test_ = ["CMD-SHELL", "curl localhost"];
  assert.deepEqual(
    edited({
      healthcheck: {
        test: test_,
        interval: 30_000,
        timeout: 1.5,
        startPeriod: 0,
        startInterval: 1,
        retries: 3,
      },
    })?.Healthcheck,
    {
      Test: test_,
      Interval: 30_000_000_000,
      Timeout: 1_500_000,
      StartPeriod: 0,
      StartInterval: 1_000_000,
      Retries: 3,
    },
  );
  assert.deepEqual(edited({ healthcheck: { test: ["NONE"] } })?.Healthcheck, { Test: ["NONE"] });
});

test("editConfig() sets variables where the base has none", () => {
  for (const config of [{}, { Env: null }, null]) {
    assert.deepEqual(edited({ env: { A: "1" } }, { ...BASE, config })?.Env, ["A=1"]);
  }
});

test("editConfig() refuses times and counts of a health check that no engine reads", () => {
  const check = { test: ["CMD", "x"] };
  for (const interval of [-1, NaN, 1e20, "1s"]) {
    assert.throws(
      () => editConfig(BASE, { healthcheck: { ...check, interval: interval as number } }),
      {
        name: "TypeError",
        message:
          `Cannot set healthcheck.interval to ${interval}: expected milliseconds, 0 to 9223372036854`,
      },
    );
  }
  for (const retries of [1.5, -1, NaN, 2 ** 31]) {
    assert.throws(() => editConfig(BASE, { healthcheck: { ...check, retries } }), {
      name: "TypeError",
      message: `Cannot set healthcheck.retries to ${retries}: expected a whole number`,
    });
  }
});

test("checkConfigEdit() refuses what programs without types may give", () => {
  const flawed: [string, unknown, string][] = [
    ["cmd", "node", "Cannot set cmd: expected a list of texts"],
    ["entrypoint", ["node", 1], "Cannot set entrypoint: expected a list of texts"],
    ["shell", {}, "Cannot set shell: expected a list of texts"],
    ["expose", "80", "Cannot set expose: expected a list of texts"],
    ["volumes", [null], "Cannot set volumes: expected a list of texts"],
    ["env", ["A=1"], "Cannot set env: expected an object"],
    ["env", null, "Cannot set env: expected an object"],
    [
      "env",
      { A: undefined },
      'Cannot set "A" of env: expected a text, or null to take it out, got undefined',
    ],
    [
      "labels",
      { A: 1 },
      'Cannot set "A" of labels: expected a text, or null to take it out, got number',
    ],
    ["healthcheck", { test: "CMD x" }, "Cannot set healthcheck.test: expected a list of texts"],
  ];
  for (const [name, value, message] of flawed) {
    assert.throws(() => checkConfigEdit({ [name]: value }), { name: "TypeError", message });
  }
});
