import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asOwnOrigin,
  isSameOrigin,
  mayFallBackToHttp,
  registryHost,
} from "../../../lib/registry/http/origin.ts";

test("registryHost() is where the registry is served", () => {
  assert.equal(registryHost("docker.io"), "registry-1.docker.io");
  assert.equal(registryHost("ghcr.io"), "ghcr.io");
});

test("mayFallBackToHttp() holds for this machine alone", () => {
  for (
    const host of [
      "localhost",
      "localhost:5000",
      "127.0.0.1:5000",
      "127.3.2.1",
      "[::1]:5000",
    ]
  ) {
    assert.ok(mayFallBackToHttp(host), host);
  }
  for (
    const host of [
      "ghcr.io",
      "nas.local",
      "10.0.0.1:5000",
      "registry.lan",
      "local",
      "x.local.evil.com",
      "[::2]",
    ]
  ) {
    assert.ok(!mayFallBackToHttp(host), host);
  }
});

test("isSameOrigin() compares scheme, host and port", () => {
  const one = new URL("https://a.example/x");
  assert.ok(isSameOrigin(one, new URL("https://a.example:443/y?z")));
  for (
    const other of [
      "http://a.example/",
      "https://a.example:8443/",
      "https://b.a.example/",
      "https://a.example.evil.com/",
    ]
  ) {
    assert.ok(!isSameOrigin(one, new URL(other)), other);
  }
});

test("asOwnOrigin() mends what a registry behind a proxy says of itself", () => {
  const mend = (url: string): string =>
    asOwnOrigin(new URL(url), new URL("https://r.example:8443")).href;
  assert.equal(mend("http://r.example/token?a=b"), "https://r.example:8443/token?a=b");
  assert.equal(mend("http://other.example/token"), "http://other.example/token");
  assert.equal(mend("https://r.example/token"), "https://r.example/token");
});
