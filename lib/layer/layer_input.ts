/** The inputs that a layer is made of. */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { Platform } from "../oci/platform.ts";
import type { BaseQuestions } from "./base/base_questions.ts";

/**
 * A tar archive, plain or compressed: bytes, a `Blob`, a stream that is read once, a function that opens the stream anew, so that an
 * upload can start again, or any of these with a name.
 */
export type LayerInput = PlainLayerInput | NamedLayerInput;

/** A layer's input without a name. */
export type PlainLayerInput =
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | ((base?: BaseQuestions) => LayerStream | Promise<LayerStream>);

/** A stream of an archive's bytes. */
export type LayerStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A layer's input that messages can name. */
export interface NamedLayerInput {
  /** Name in error messages, as in "Cannot use NAME: it is empty". */
  readonly name: string;
  /** The archive. */
  readonly input: PlainLayerInput;
  /** Rewrites the archive on its way, as `editEntries` does; compressed input is then decompressed and compressed again. */
  readonly edit?: Transform | undefined;
  /** How the image's history says that the layer came about, as in `ADD dist /srv`. @default {"appendlayer"} */
  readonly history?: string | undefined;
  /** Bytes of the archive, for progress; asked often, so that it may become known late. @default that of bytes and of a `Blob` */
  readonly size?: (() => number | undefined) | undefined;
  /**
   * Whether the layer may turn out to have nothing in it, which its function says by an `UnchangedError`: it is then left out.
   *
   * @default {false}
   */
  readonly isOptional?: boolean | undefined;
}

/** A layer that differs by platform. */
export interface PlatformLayerInput {
  /**
   * Gives the layer for the image of a platform, and throws where there is none. What is one and the same object for several platforms
   * is packed once for them.
   */
  readonly forPlatform: (platform: Platform) => LayerInput | Promise<LayerInput>;
}

/** Whether a layer differs by platform. */
export function isByPlatform(input: LayerInput | PlatformLayerInput): input is PlatformLayerInput {
  return typeof input === "object" && input !== null && "forPlatform" in input;
}

/** A layer's input in the one form that the packer reads. */
export interface OpenableInput {
  readonly name?: string;
  readonly edit?: Transform | undefined;
  readonly replayable: boolean;
  /** Bytes, where that is known by now. */
  readonly size?: (() => number | undefined) | undefined;
  /** The bytes. A chunk may be good only until the next one is asked for. */
  open(base?: BaseQuestions): ByteStream;
}

/**
 * Brings any input into one form.
 *
 * @param named How messages call it, unless it has a name of its own.
 * @throws {TypeError} if it is none, as programs without types may give.
 */
export function openableInput(input: LayerInput, named: string = "a layer"): OpenableInput {
  if (input instanceof Uint8Array) {
    return { replayable: true, size: () => input.length, open: () => toByteStream([input]) };
  }
  if (input instanceof Blob) {
    return { replayable: true, size: () => input.size, open: () => toByteStream(input.stream()) };
  }
  if (typeof input === "object" && input !== null && "input" in input) {
    const { name, edit } = input;
    const opened = openableInput(input.input, name);
    const { size = opened.size } = input;
    return { ...opened, name, edit, size };
  }
  if (typeof input === "function") {
    return { replayable: true, open: (base) => openWith(input, base, named) };
  }
  if (!isStream(input)) throw new TypeError(`Cannot use ${named}: ${expected(input)}`);
  let opened = false;
  return {
    replayable: false,
    open(): ByteStream {
      if (opened) {
        throw new TypeError(
          `Cannot read the stream of ${named} twice: give a function that opens it`,
        );
      }
      opened = true;
      return toByteStream(input);
    },
  };
}

/** Whether a layer may turn out to have nothing in it. */
export function mayBeLeftOut(input: LayerInput): boolean {
  return typeof input === "object" && input !== null && "input" in input &&
    input.isOptional === true;
}

async function* openWith(
  open: (base?: BaseQuestions) => LayerStream | Promise<LayerStream>,
  base: BaseQuestions | undefined,
  named: string,
): ByteStream {
  const stream = await open(base);
  if (!isStream(stream)) {
    throw new TypeError(`Cannot open ${named}: its function returned none: ${expected(stream)}`);
  }
  yield* toByteStream(stream);
}

function isStream(input: unknown): boolean {
  return typeof input === "object" && input !== null && Symbol.asyncIterator in input ||
    input instanceof ReadableStream;
}

function expected(input: unknown): string {
  return `expected bytes, a Blob, a stream, or a function that opens one, got ${
    input === null ? "null" : `a value of type ${typeof input}`
  }`;
}

function toByteStream(
  input: LayerStream | Iterable<Uint8Array>,
): ByteStream {
  if (input instanceof ReadableStream) return fromReadable(input);
  return eachBytes(input);
}

async function* eachBytes(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteStream {
  for await (const chunk of input) yield chunk as Bytes;
}

/** How an input says that its layer came about. */
export function layerHistory(input: LayerInput): string | undefined {
  const isNamed = typeof input === "object" && input !== null && "input" in input;
  return isNamed ? (input as NamedLayerInput).history : undefined;
}
