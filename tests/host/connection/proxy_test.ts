import assert from "node:assert/strict";
import { test } from "node:test";
import { configuredProxies, proxyFor } from "../../../lib/host/connection/proxy.ts";

const ENV = { HTTPS_PROXY: "http://secure:1", HTTP_PROXY: "http://plain:2" };

const CHOSEN: readonly [
  what: string,
  url: string,
  env: Record<string, string>,
  proxy: string | undefined,
][] = [
  ["HTTPS_PROXY for https", "https://r.io/", ENV, "http://secure:1/"],
  ["HTTP_PROXY for http", "http://r.io/", ENV, "http://plain:2/"],
  [
    "the lower-case name first",
    "https://r.io/",
    { ...ENV, https_proxy: "http://low:3" },
    "http://low:3/",
  ],
  [
    "ALL_PROXY where there is no other",
    "https://r.io/",
    { ALL_PROXY: "http://all:4" },
    "http://all:4/",
  ],
  [
    "a proxy without a scheme",
    "https://r.io/",
    { HTTPS_PROXY: "proxy:8080" },
    "http://proxy:8080/",
  ],
  ["none for an empty variable", "https://r.io/", { HTTPS_PROXY: "" }, undefined],
  ["none without any", "https://r.io/", {}, undefined],
];

for (const [what, url, env, proxy] of CHOSEN) {
  test(`proxyFor() takes ${what}`, () => assert.equal(proxyFor(new URL(url), env)?.href, proxy));
}

const EXEMPT: readonly [list: string, url: string, exempt: boolean][] = [
  ["*", "https://r.io/", true],
  ["r.io", "https://r.io/", true],
  ["r.io", "https://a.r.io/", true],
  [".r.io", "https://a.r.io/", true],
  ["*.r.io", "https://a.r.io/", true],
  ["r.io", "https://evil-r.io/", false],
  ["r.io", "https://r.io.evil.com/", false],
  ["R.IO", "https://r.io/", true],
  ["a.com, r.io", "https://r.io/", true],
  ["a.com r.io", "https://r.io/", true],
  ["r.io:443", "https://r.io/", true],
  ["r.io:5000", "https://r.io/", false],
  ["r.io:5000", "https://r.io:5000/", true],
  ["build", "http://build:5000/", true],
  ["192.168.0.1", "http://192.168.0.1:5000/", true],
  ["10.0.0.0/8", "https://10.1.2.3/", true],
  ["10.0.0.0/8", "https://11.1.2.3/", false],
  ["10.1.2.0/23", "https://10.1.3.255/", true],
  ["10.1.2.0/23", "https://10.1.4.0/", false],
  ["fd00::1", "https://[fd00::1]:5000/", true],
  ["[fd00::1]:5000", "https://[fd00::1]:5000/", true],
  ["[fd00::1]:5001", "https://[fd00::1]:5000/", false],
  ["", "https://r.io/", false],
];

for (const [list, url, exempt] of EXEMPT) {
  test(`proxyFor() ${exempt ? "exempts" : "does not exempt"} ${url} by NO_PROXY=${list}`, () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const proxy = proxyFor(new URL(url), { ALL_PROXY: "http://all:4", [name]: list });
      assert.equal(proxy === undefined, exempt);
    }
  });
}

const UNPROXIED = [
  "http://localhost:5000/",
  "https://localhost.:5000/",
  "http://127.1.2.3/",
  "https://[::1]:5000/",
  "http://169.254.169.254/computeMetadata/v1/",
  "http://[fe80::1]/",
  "http://metadata.google.internal/computeMetadata/v1/",
];

for (const url of UNPROXIED) {
  test(`proxyFor() takes none for ${url}`, () => {
    assert.equal(proxyFor(new URL(url), { ...ENV, ALL_PROXY: "http://all:4" }), undefined);
  });
}

test("proxyFor() rejects what is no proxy without showing its password", () => {
  for (const proxy of ["socks5://u:hunter2@proxy:1", "http://u:hunter2@:x"]) {
    assert.throws(
      () => proxyFor(new URL("https://r.io/"), { HTTPS_PROXY: proxy }),
      (error: unknown) =>
        error instanceof SyntaxError && /HTTPS_PROXY/.test(error.message) &&
        !error.message.includes("hunter2"),
    );
  }
});

test("configuredProxies() lists them all", () => {
  assert.deepEqual(configuredProxies({ ...ENV, all_proxy: "x" }), [
    "http://plain:2",
    "http://secure:1",
    "x",
  ]);
  assert.deepEqual(configuredProxies({ HTTP_PROXY: "" }), []);
});
