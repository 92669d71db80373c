import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseChallenge, parseChallenges } from "../../../lib/registry/auth/challenge.ts";

type Expected = [scheme: string, parameters: Record<string, string>][];

const CASES: [name: string, header: string, expected: Expected][] = [
  [
    "Docker's",
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [["bearer", {
      realm: "https://auth.docker.io/token",
      service: "registry.docker.io",
      scope: "repository:a/b:pull,push",
    }]],
  ],
  ["Nexus's", 'BASIC realm="Sonatype Nexus"', [["basic", { realm: "Sonatype Nexus" }]]],
  [
    "Gitea's, two headers joined",
    'Bearer realm="https://git.example/v2/token", Basic',
    [["bearer", { realm: "https://git.example/v2/token" }], ["basic", {}]],
  ],
  [
    "escapes and commas in quotes",
    String.raw`Bearer realm="a \" , b", service=plain`,
    [["bearer", { realm: 'a " , b', service: "plain" }]],
  ],
  ["spaces around =", 'bearer realm = "x" ,  Service = y', [["bearer", {
    realm: "x",
    service: "y",
  }]]],
  ["a parameter twice", "Basic realm=a, realm=b", [["basic", { realm: "a" }]]],
  ["Basic first", 'Basic realm="r", Bearer realm="t"', [["basic", { realm: "r" }], ["bearer", {
    realm: "t",
  }]]],
  ["no parameters", "Negotiate, Basic", [["negotiate", {}], ["basic", {}]]],
  ["an open quote", 'Bearer realm="https://x', [["bearer", { realm: "https://x" }]]],
  ["an empty value", 'Basic realm="",charset=', [["basic", { realm: "", charset: "" }]]],
  ["stray signs", '="", "=, Basic realm=x', [["basic", { realm: "x" }]]],
  ["a parameter without a scheme", 'realm="x"', []],
  ["nothing", "", []],
];

for (const [name, header, expected] of CASES) {
  test(`parseChallenges() reads ${name}`, () => {
    const found = parseChallenges(header)
      .map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
    assert.deepEqual(found, expected);
  });
}

test("chooseChallenge() prefers Bearer, takes Basic, and nothing else", () => {
  const choose = (header: string): string | undefined =>
    chooseChallenge(parseChallenges(header))?.scheme;
  assert.equal(choose('Basic realm="r", Bearer realm="t"'), "bearer");
  assert.equal(choose("Bearer, Basic"), "basic", "a Bearer challenge without a realm is no help");
  assert.equal(choose("Negotiate, Digest realm=x"), undefined);
});
