/** Reads tar archives by code that shares nothing with the product. */

/** A member of an archive. */
export interface TarMember {
  /** Without a slash at either end. */
  readonly path: string;
  /** "file", "directory", "link", "hard-link", or what only tar knows. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a link; that of a hard link without slashes at either end. */
  readonly target: string;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  "\0": "file",
  "0": "file",
  "1": "hard-link",
  "2": "link",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
};

/** A path as a tree of files has it. */
export function plainPath(path: string): string {
  return path.split("/").filter((part) => part !== "" && part !== ".").join("/");
}

/** Lists the members of an archive, with extended headers of pax and long names of GNU. */
export function* readMembers(tar: Uint8Array): Generator<TarMember> {
  let records = new Map<string, string>();
  for (let offset = 0; offset + 512 <= tar.length && !isZero(tar, offset);) {
    const field = (start: number, length: number): string =>
      text(tar.subarray(offset + start, offset + start + length));
    const number = (start: number, length: number): number =>
      readNumber(tar.subarray(offset + start, offset + start + length));
    const size = Number(records.get("size") ?? number(124, 12));
    const flag = String.fromCharCode(tar[offset + 156] ?? 0);
    const body = tar.subarray(offset + 512, offset + 512 + size);
    if (flag === "x") records = readRecords(body);
    else if (flag === "L") records.set("path", text(body));
    else if (flag === "K") records.set("linkpath", text(body));
    else if (flag !== "g") {
      const prefix = field(257, 6) === "ustar" ? field(345, 155) : "";
      const name = records.get("path") ?? `${prefix}/${field(0, 100)}`;
      const linked = records.get("linkpath") ?? field(157, 100);
      const isOldDirectory = flag === "\0" && name.endsWith("/");
      const type = isOldDirectory ? "directory" : TYPES[flag] ?? `type ${flag}`;
      yield {
        path: plainPath(name),
        type,
        mode: number(100, 8) & 0o7777,
        uid: Number(records.get("uid") ?? number(108, 8)),
        gid: Number(records.get("gid") ?? number(116, 8)),
        target: type === "hard-link" ? plainPath(linked) : linked,
        body,
      };
      records = new Map();
    }
    offset += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Go leaves the name out of a header where it is in the records alone. */
function isZero(tar: Uint8Array, offset: number): boolean {
  return tar.subarray(offset, offset + 512).every((byte) => byte === 0);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
}

function readNumber(field: Uint8Array): number {
  const [first = 0, ...rest] = field;
  if (first < 0x80) return parseInt(text(field).trim() || "0", 8);
  return rest.reduce((value, byte) => value * 256 + byte, first & 0x7f);
}

function readRecords(body: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let rest = body; rest.length > 0;) {
    const space = rest.indexOf(0x20);
    const length = parseInt(new TextDecoder().decode(rest.subarray(0, space)));
    if (!(length > 0)) break;
    const [, key = "", value = ""] =
      /^([^=]*)=(.*)\n$/s.exec(new TextDecoder().decode(rest.subarray(space + 1, length))) ?? [];
    records.set(key, value);
    rest = rest.subarray(length);
  }
  return records;
}
