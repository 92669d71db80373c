import assert from "node:assert/strict";
import { test } from "node:test";
import { draw } from "../../scripts/film.ts";

test("a film types its commands letter by letter, and shows answers as a whole", () => {
  const film = draw([
    { text: "$ echo <hi> & go", kind: "command", start: 1, typed: 1 },
    { text: "hi", kind: "answer", start: 2.5, typed: 0 },
  ]);
  assert.ok(film.includes(">$ echo &lt;hi> &amp; go</text>"), film);
  // 2.5 s, and 6 more until it begins anew.
  assert.match(film, /#l0\{animation:l0 8\.5s infinite\}/);
  assert.match(film, /@keyframes l0\{0%,11\.76%\{[^}]*steps\(16\)\}23\.53%,100%/);
  assert.match(film, /@keyframes l1\{0%,29\.41%\{[^}]*steps\(1\)\}/);
  assert.match(film, /prefers-reduced-motion:no-preference/);
});
