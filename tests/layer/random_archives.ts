/** Archives of random entries: names that repeat, links, whiteouts, sparse files, types that no engine knows, mixtures of headers. */

import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { END, header, member, pax } from "../tar/archive.ts";

const NAMES = [
  "a",
  "b",
  "d",
  "d/a",
  "d/b",
  "./d/a",
  "d/e",
  "d/e/f",
  "l",
  "l/a",
  ".wh.a",
  "d/.wh.b",
];
const octal = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;

/** One entry, with what its headers need before it. */
function randomEntry(random: (below: number) => number): Bytes {
  const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const name = pick(NAMES);
  const linkName = pick([...NAMES, "/etc", "..", ""]);
  switch (random(12)) {
    case 0:
      return header({ name, typeFlag: "1", linkName });
    case 1:
      return header({ name, typeFlag: "2", linkName });
    case 2:
    case 3:
    case 4:
      return header({ name: `${name}/`, typeFlag: "5", mode: pick([0o755, 0o755, 0o700]) });
    case 5:
      return concatBytes([
        header({
          name,
          typeFlag: "S",
          magic: "ustar  \0",
          size: 3,
          at: [[386, octal(700) + octal(3)], [483, octal(2_000)]],
        }),
        member({}, "abc").subarray(512),
      ]);
    case 6:
      return concatBytes([
        pax([
          pick([["path", `p/${name}`], ["mtime", "1.5"], ["SCHILY.xattr.com.apple.x", "1"]]),
        ]),
        member({ name }, "pax"),
      ]);
    case 7:
      return pax([pick([["comment", "c"], ["uid", "7"]])], "g");
    case 8:
      return header({ name, typeFlag: pick(["V", "7", "N", "D"]) });
    default:
      return member({ name }, "x".repeat(random(600)));
  }
}

/** An archive of one to six entries. */
export function randomArchive(random: (below: number) => number): Bytes {
  const entries = Array.from({ length: 1 + random(6) }, () => randomEntry(random));
  return concatBytes([...entries, END]);
}
