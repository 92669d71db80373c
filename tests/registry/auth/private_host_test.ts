import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isLoopbackHost,
  isPrivateHost,
  isUnproxiedHost,
} from "../../../lib/registry/auth/private_host.ts";

/** Through `URL`, which is how hosts arrive: it canonicalises `0x7f.1` and IPv6. */
function host(text: string): string {
  return new URL(`http://${text}/`).hostname;
}

const PRIVATE = [
  "localhost",
  "a.localhost",
  "127.0.0.1",
  "127.9.9.9",
  "[::1]",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "0x7f.1",
  "2130706433",
  "[::]",
  "[fe80::1]",
  "[fd00::1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:10.0.0.1]",
  "[64:ff9b::169.254.169.254]",
  "metadata.google.internal",
  "printer.local",
  "255.255.255.255",
  "localhost.",
  "a.localhost.",
  "metadata.google.internal.",
  "printer.local.",
  "0x7f.1.",
  "intranet",
  "intranet.",
  "app.home.arpa",
  "home.arpa.",
  "[fec0::1]",
  "[ff02::1]",
  "[::127.0.0.1]",
  "[2002:7f00:1::]",
  "[2002:7f00::]",
  "[2002:a9fe:a9fe::1]",
  "[64:ff9b:1::7f00:1]",
  "[64:ff9b:1:1:2:3:4:5]",
];
const PUBLIC = [
  "example.com",
  "8.8.8.8",
  "172.32.0.1",
  "172.15.0.1",
  "192.169.0.1",
  "100.128.0.1",
  "[2606:4700::1]",
  "[::ffff:8.8.8.8]",
  "10.example.com",
  "127.0.0.1.example.com",
  "localhost.example.com",
  "internal.example.com",
  "example.com.",
  "8.8.8.8.",
  "home.arpa.example.com",
  "[2002:808:808::1]",
  "[2001:db8:7f00:1::]",
  "[64:ff9b::8.8.8.8]",
  "[64:ff9b:2::7f00:1]",
];

for (const text of PRIVATE) {
  test(`isPrivateHost() knows ${text}`, () => assert.ok(isPrivateHost(host(text))));
}
for (const text of PUBLIC) {
  test(`isPrivateHost() lets ${text} be public`, () => assert.ok(!isPrivateHost(host(text))));
}

test("isLoopbackHost() is true of this machine only", () => {
  const own = ["localhost", "localhost.", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"];
  for (const text of own) {
    assert.ok(isLoopbackHost(host(text)), text);
  }
  for (const text of ["10.0.0.1", "[::2]", "128.0.0.1", "evil-localhost", "printer.local"]) {
    assert.ok(!isLoopbackHost(host(text)), text);
  }
});

test("isUnproxiedHost() is true of what is reached from this machine alone", () => {
  for (
    const text of [
      "localhost",
      "a.localhost",
      "127.0.0.1",
      "[::1]",
      "169.254.169.254",
      "[::ffff:169.254.169.254]",
      "[fe80::1]",
      "metadata.google.internal",
      "metadata.google.internal.",
    ]
  ) assert.ok(isUnproxiedHost(host(text)), text);
  for (const text of ["r.io", "10.0.0.1", "169.253.0.1", "[fd00::1]", "a.internal", "intranet"]) {
    assert.ok(!isUnproxiedHost(host(text)), text);
  }
});
