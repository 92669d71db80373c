/** Holds very many paths, and what is said of each, as a tree of names in blocks of bytes: no object and no text for each of them. */

import { type ArrayReader, bytesOf } from "../../base/array_reader.ts";
import type { Bytes } from "../../base/bytes.ts";
import { PathTable } from "../path_table.ts";
import { TextBlocks } from "./text_blocks.ts";

/** Nodes of a block, which has 47 KB: few enough for the many layers that say little. */
const BLOCK_NODES = 512;

/** In front of all that is dumped: in another order of bytes it is another number. */
const MARK = 0x54726565;

/** Numbers of 32 bits that a node has. */
const WORD = {
  parent: 0,
  /** The next one in the same directory, and the one in it that came last. */
  next: 1,
  child: 2,
  /** Where texts begin: the number of their bytes stands in front. */
  name: 3,
  text: 4,
  flags: 5,
  uid: 6,
  gid: 7,
} as const;
const WORDS = 8;

/** The upper bits of the flags are the mode. */
const MODE_SHIFT = 16;
const FLAGS = (1 << MODE_SHIFT) - 1;

/** Numbers of 64 bits that a node has. */
const NUMBERS = 2;

/** Bytes of a SHA-256. */
const HASH_SIZE = 32;

/** What is said of some nodes. */
interface Block {
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
  readonly hashes: Uint8Array;
}

/** Numbers that a node has, as it likes. */
export interface NodeNumbers {
  /** Permission bits, up to 0o7777. */
  readonly mode: number;
  /** Up to 2³² - 1. */
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
}

/** The node of the root, whose path is the empty text. */
export const ROOT_NODE = 1;

/** Paths without a slash at either end, each with a number. What is above a path is in the tree too. */
export class PathTree {
  #table = new PathTable();
  readonly #blocks: Block[] = [];
  #texts = new TextBlocks();
  #count = ROOT_NODE;
  /** Bytes of whole paths that had to be looked for. */
  #pathSize = 0;
  /** The directory whose path was made last. */
  #directory = ROOT_NODE;
  #directoryPath = "";

  constructor() {
    this.#blocks.push(createBlock());
  }

  /** All that it has in memory, as that is: for {@linkcode PathTree.read}. */
  *dump(): Iterable<Bytes> {
    yield bytesOf(Uint32Array.of(MARK, this.#count, this.#pathSize));
    yield* this.#texts.dump();
    for (const { words, numbers, hashes } of this.#blocks) {
      yield bytesOf(words);
      yield bytesOf(numbers);
      yield bytesOf(hashes);
    }
    yield* this.#table.dump();
  }

  /**
   * Makes a tree of what another one has dumped, on a machine like this.
   *
   * @throws {SyntaxError} if it is no tree; what is said of its nodes is taken as it is.
   */
  static async read(reader: ArrayReader): Promise<PathTree> {
    const tree = new PathTree();
    const [mark, count = 0, pathSize = 0] = await reader.fill(new Uint32Array(3));
    if (mark !== MARK || count < ROOT_NODE) throw noTree();
    tree.#texts = await TextBlocks.read(reader);
    tree.#pathSize = pathSize;
    tree.#blocks.pop();
    for (let from = 0; from <= count; from += BLOCK_NODES) {
      const block = createBlock();
      await reader.fill(block.words);
      await reader.fill(block.numbers);
      await reader.fill(block.hashes);
      tree.#blocks.push(block);
    }
    tree.#count = count;
    tree.#table = await PathTable.read(reader, count);
    await reader.end();
    tree.#requireSound();
    return tree;
  }

  /**
   * Sees to it that every walk ends, and every text is one: nodes are made behind their parents, and before what comes next to them.
   *
   * @throws {SyntaxError} if that is not so.
   */
  #requireSound(): void {
    for (let node = ROOT_NODE; node <= this.#count; node++) {
      const [parent, child] = [this.#get(node, WORD.parent), this.#get(node, WORD.child)];
      const isSound = parent < node && (parent >= ROOT_NODE) === (node > ROOT_NODE) &&
        this.#get(node, WORD.next) < node &&
        (child === 0 || child > node && child <= this.#count) &&
        this.#texts.isText(this.#get(node, WORD.name)) &&
        this.#texts.isText(this.#get(node, WORD.text));
      if (!isSound) throw noTree();
    }
  }

  /** The highest number of a node. */
  get last(): number {
    return this.#count;
  }

  /** Bytes of all texts; of a directory that is made for what is in it, its whole path, which had to be looked for. */
  get textSize(): number {
    return this.#texts.size + this.#pathSize;
  }

  /**
   * The node of a path, or 0.
   *
   * @param end Only the front of the path counts, up to here.
   */
  find(path: string, end: number = path.length): number {
    return end === 0 ? ROOT_NODE : this.#table.get(path, end);
  }

  /** The node of a path, which is made where there is none, with those above it. */
  add(path: string, end: number = path.length): number {
    const found = this.find(path, end);
    if (found !== 0) return found;
    const slash = path.lastIndexOf("/", end - 1);
    const parent = slash < 0 ? ROOT_NODE : this.add(path, slash);
    const node = ++this.#count;
    if (node % BLOCK_NODES === 0) this.#blocks.push(createBlock());
    this.#table.set(path, node, end);
    this.#setText(node, WORD.name, path.slice(slash + 1, end));
    this.#set(node, WORD.parent, parent);
    this.#set(node, WORD.next, this.#get(parent, WORD.child));
    this.#set(parent, WORD.child, node);
    if (end < path.length) this.#pathSize += end;
    return node;
  }

  /** The node of the directory that one is in; 0 of the root. */
  parentOf(node: number): number {
    return this.#get(node, WORD.parent);
  }

  pathOf(node: number): string {
    if (node === ROOT_NODE) return "";
    const name = this.#getText(node, WORD.name);
    const parent = this.parentOf(node);
    if (parent === ROOT_NODE) return name;
    // Most are asked for in the order of their directories.
    if (parent !== this.#directory) {
      const path = this.pathOf(parent);
      this.#directory = parent;
      this.#directoryPath = path;
    }
    return `${this.#directoryPath}/${name}`;
  }

  /** Nodes below one, in the order of `compareImagePaths`. */
  *walk(top: number): Iterable<number> {
    const open: number[][] = [this.#children(top)];
    for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
      const node = level.pop();
      if (node === undefined) {
        open.pop();
        continue;
      }
      yield node;
      if (this.#get(node, WORD.child) !== 0) open.push(this.#children(node));
    }
  }

  flagsOf(node: number): number {
    return this.#get(node, WORD.flags) & FLAGS;
  }

  setFlags(node: number, flags: number): void {
    this.#set(node, WORD.flags, this.#get(node, WORD.flags) & ~FLAGS | flags);
  }

  numbersOf(node: number): NodeNumbers {
    const { numbers } = this.#blockOf(node);
    const at = node % BLOCK_NODES * NUMBERS;
    return {
      mode: this.#get(node, WORD.flags) >>> MODE_SHIFT,
      uid: this.#get(node, WORD.uid),
      gid: this.#get(node, WORD.gid),
      mtime: numbers[at] as number,
      size: numbers[at + 1] as number,
    };
  }

  setNumbers(node: number, { mode, uid, gid, mtime, size }: NodeNumbers): void {
    const { numbers } = this.#blockOf(node);
    const at = node % BLOCK_NODES * NUMBERS;
    this.#set(node, WORD.flags, mode << MODE_SHIFT | this.flagsOf(node));
    this.#set(node, WORD.uid, uid);
    this.#set(node, WORD.gid, gid);
    numbers[at] = mtime;
    numbers[at + 1] = size;
  }

  /** Bytes of the hash that a node has; they may be written. */
  hashOf(node: number): Uint8Array {
    const at = node % BLOCK_NODES * HASH_SIZE;
    return this.#blockOf(node).hashes.subarray(at, at + HASH_SIZE);
  }

  textOf(node: number): string {
    return this.#getText(node, WORD.text);
  }

  setText(node: number, text: string): void {
    this.#setText(node, WORD.text, text);
  }

  /** From the last one to the first. */
  #children(node: number): number[] {
    const found: { readonly node: number; readonly name: string }[] = [];
    for (let at = this.#get(node, WORD.child); at !== 0; at = this.#get(at, WORD.next)) {
      found.push({ node: at, name: this.#getText(at, WORD.name) });
    }
    found.sort((a, b) => a.name < b.name ? 1 : -1);
    return found.map((one) => one.node);
  }

  #blockOf(node: number): Block {
    return this.#blocks[Math.floor(node / BLOCK_NODES)] as Block;
  }

  #get(node: number, word: number): number {
    return this.#blockOf(node).words[node % BLOCK_NODES * WORDS + word] as number;
  }

  #set(node: number, word: number, value: number): void {
    this.#blockOf(node).words[node % BLOCK_NODES * WORDS + word] = value;
  }

  #getText(node: number, word: number): string {
    return this.#texts.get(this.#get(node, word));
  }

  #setText(node: number, word: number, text: string): void {
    this.#set(node, word, this.#texts.add(text));
  }
}

function noTree(): SyntaxError {
  return new SyntaxError("no tree of paths");
}

function createBlock(): Block {
  return {
    words: new Uint32Array(BLOCK_NODES * WORDS),
    numbers: new Float64Array(BLOCK_NODES * NUMBERS),
    hashes: new Uint8Array(BLOCK_NODES * HASH_SIZE),
  };
}
