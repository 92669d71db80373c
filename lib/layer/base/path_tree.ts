/** Holds very many paths with attributes, as a tree in blocks of bytes: without an object or a string for each. */

import { type ArrayReader, bytesOf } from "../../base/array_reader.ts";
import type { Bytes } from "../../base/bytes.ts";
import { PathTable } from "../path_table.ts";
import { TextBlocks } from "./text_blocks.ts";

/** Nodes of a block of some 40 KB: few, since many layers have only a few paths. */
const BLOCK_NODES = 512;

/** The first number of a dump, by which another byte order is noticed. */
const MARK = 0x54726565;

/** 32-bit numbers of a node, before those that are free for its user. */
const WORD = {
  /** 0 for the root and for removed nodes. */
  parent: 0,
  /** The next and the previous node of the same directory, and the node in this one that was added last. */
  next: 1,
  before: 2,
  child: 3,
  /** Addresses in {@linkcode TextBlocks}. */
  name: 4,
  text: 5,
  flags: 6,
  uid: 7,
  gid: 8,
} as const;
const WORDS = 9;

/** The upper bits of the flags are the mode. */
const MODE_SHIFT = 16;
const FLAGS = (1 << MODE_SHIFT) - 1;

/** 64-bit numbers of a node: its mtime and its size. */
const NUMBERS = 2;

/** 32-bit numbers of a SHA-256. */
const HASH_WORDS = 8;

/** The attributes of {@linkcode BLOCK_NODES} nodes. */
interface Block {
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
}

/** The numeric attributes of a node. */
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

/** Paths without a slash at either end, each with a number: its node. The directories above a path have nodes too. */
export class PathTree {
  #table = new PathTable();
  /** 32-bit numbers of a node. */
  readonly #words: number;
  readonly #blocks: Block[] = [];
  #texts = new TextBlocks();
  #count = ROOT_NODE;
  /** Bytes of the whole paths that were looked up for parents. */
  #pathSize = 0;
  /** The directory whose path was put together last, and that path. */
  #directory = ROOT_NODE;
  #directoryPath = "";

  /**
   * @param ownWords 32-bit numbers of each node that are free for its user: see {@linkcode ownOf}.
   * @default {8} those of a hash
   */
  constructor(ownWords: number = HASH_WORDS) {
    this.#words = WORDS + ownWords;
    this.#blocks.push(this.#createBlock());
  }

  /** The tree in binary, for {@linkcode PathTree.read}. */
  *dump(): Iterable<Bytes> {
    yield bytesOf(Uint32Array.of(MARK, this.#count, this.#pathSize));
    yield* this.#texts.dump();
    for (const { words, numbers } of this.#blocks) {
      yield bytesOf(words);
      yield bytesOf(numbers);
    }
    yield* this.#table.dump();
  }

  /**
   * Reads a tree that another one has dumped, on a machine of the same byte order, and from which no node was removed.
   *
   * @throws {SyntaxError} if the bytes are no tree. The attributes are not checked.
   */
  static async read(reader: ArrayReader): Promise<PathTree> {
    const tree = new PathTree();
    const [mark, count = 0, pathSize = 0] = await reader.fill(new Uint32Array(3));
    if (mark !== MARK || count < ROOT_NODE) throw noTree();
    tree.#texts = await TextBlocks.read(reader);
    tree.#pathSize = pathSize;
    tree.#blocks.pop();
    for (let from = 0; from <= count; from += BLOCK_NODES) {
      const block = tree.#createBlock();
      await reader.fill(block.words);
      await reader.fill(block.numbers);
      tree.#blocks.push(block);
    }
    tree.#count = count;
    tree.#table = await PathTable.read(reader, count);
    await reader.end();
    tree.#requireSound();
    return tree;
  }

  /**
   * Checks that every walk ends and every address is that of a text. A node has a higher number than its parent and than its next sibling.
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

  /** The highest node, removed ones included. */
  get last(): number {
    return this.#count;
  }

  /** Bytes of all texts, and of the whole path of each directory that was made for what is in it. */
  get textSize(): number {
    return this.#texts.size + this.#pathSize;
  }

  /**
   * The node of a path, or 0.
   *
   * @param end Where the path ends in the text.
   */
  find(path: string, end: number = path.length): number {
    if (end === 0) return ROOT_NODE;
    const node = this.#table.get(path, end);
    return node === 0 || this.parentOf(node) === 0 ? 0 : node;
  }

  /** The node of a path, which is made if there is none, with the nodes above it. */
  add(path: string, end: number = path.length): number {
    if (end === 0) return ROOT_NODE;
    const known = this.#table.get(path, end);
    if (known !== 0 && this.parentOf(known) !== 0) return known;
    const slash = path.lastIndexOf("/", end - 1);
    const parent = slash < 0 ? ROOT_NODE : this.add(path, slash);
    const node = known === 0 ? this.#create(path, slash + 1, end) : known;
    const next = this.#get(parent, WORD.child);
    this.#set(node, WORD.parent, parent);
    this.#set(node, WORD.before, 0);
    this.#set(node, WORD.next, next);
    if (next !== 0) this.#set(next, WORD.before, node);
    this.#set(parent, WORD.child, node);
    return node;
  }

  /**
   * Removes a node, with all that is below it. Their flags are cleared; their other attributes come back if the paths are added again.
   */
  remove(node: number): void {
    const next = this.#get(node, WORD.next);
    const before = this.#get(node, WORD.before);
    if (before === 0) this.#set(this.parentOf(node), WORD.child, next);
    else this.#set(before, WORD.next, next);
    if (next !== 0) this.#set(next, WORD.before, before);
    const all = [node];
    for (let one = all.pop(); one !== undefined; one = all.pop()) {
      for (const child of this.children(one)) all.push(child);
      this.#set(one, WORD.parent, 0);
      this.#set(one, WORD.child, 0);
      this.setFlags(one, 0);
    }
  }

  #create(path: string, start: number, end: number): number {
    const node = ++this.#count;
    if (node % BLOCK_NODES === 0) this.#blocks.push(this.#createBlock());
    this.#table.set(path, node, end);
    this.#setText(node, WORD.name, path.slice(start, end));
    if (end < path.length) this.#pathSize += end;
    return node;
  }

  /** The node of a node's directory; 0 for the root. */
  parentOf(node: number): number {
    return this.#get(node, WORD.parent);
  }

  pathOf(node: number): string {
    if (node === ROOT_NODE) return "";
    const name = this.#getText(node, WORD.name);
    const parent = this.parentOf(node);
    if (parent === ROOT_NODE) return name;
    // Most paths are asked for directory by directory.
    if (parent !== this.#directory) {
      const path = this.pathOf(parent);
      this.#directory = parent;
      this.#directoryPath = path;
    }
    return `${this.#directoryPath}/${name}`;
  }

  /** The nodes of a directory, in no order. A node may be removed once it was given. */
  *children(node: number): Iterable<number> {
    for (let child = this.#get(node, WORD.child); child !== 0;) {
      const next = this.#get(child, WORD.next);
      yield child;
      child = next;
    }
  }

  /** All nodes below one, in the order of `compareImagePaths`. */
  *walk(top: number): Iterable<number> {
    const open: number[][] = [this.#sorted(top)];
    for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
      const node = level.pop();
      if (node === undefined) {
        open.pop();
        continue;
      }
      yield node;
      if (this.#get(node, WORD.child) !== 0) open.push(this.#sorted(node));
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

  /** The size of a node. */
  sizeOf(node: number): number {
    return this.#blockOf(node).numbers[node % BLOCK_NODES * NUMBERS + 1] as number;
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

  /** One of the numbers that are free for the user. */
  ownOf(node: number, index: number): number {
    return this.#get(node, WORDS + index);
  }

  setOwn(node: number, index: number, value: number): void {
    this.#set(node, WORDS + index, value);
  }

  /** The memory of a node's hash, to be read and written. It lies where the user's own numbers do. */
  hashOf(node: number): Uint8Array {
    const { words } = this.#blockOf(node);
    const at = node % BLOCK_NODES * this.#words + WORDS;
    return bytesOf(words.subarray(at, at + HASH_WORDS));
  }

  textOf(node: number): string {
    return this.#getText(node, WORD.text);
  }

  setText(node: number, text: string): void {
    this.#setText(node, WORD.text, text);
  }

  /** The address of a node's text, for other nodes to share the text. */
  textPlaceOf(node: number): number {
    return this.#get(node, WORD.text);
  }

  setTextPlace(node: number, place: number): void {
    this.#set(node, WORD.text, place);
  }

  /** The nodes of a directory, sorted from the last to the first. */
  #sorted(node: number): number[] {
    const nameOf = (child: number): number => this.#get(child, WORD.name);
    return [...this.children(node)].sort((a, b) => this.#texts.compare(nameOf(b), nameOf(a)));
  }

  #createBlock(): Block {
    return {
      words: new Uint32Array(BLOCK_NODES * this.#words),
      numbers: new Float64Array(BLOCK_NODES * NUMBERS),
    };
  }

  #blockOf(node: number): Block {
    return this.#blocks[Math.floor(node / BLOCK_NODES)] as Block;
  }

  #get(node: number, word: number): number {
    return this.#blockOf(node).words[node % BLOCK_NODES * this.#words + word] as number;
  }

  #set(node: number, word: number, value: number): void {
    this.#blockOf(node).words[node % BLOCK_NODES * this.#words + word] = value;
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
