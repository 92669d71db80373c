/** The inputs that a layer is made of. */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { Platform } from "../oci/platform.ts";
import type { BaseQuestions } from "./base/base_questions.ts";

/**
 * A tar archive, plain or compressed: bytes, a `Blob`, a stream, a function that opens the stream with each call, so that an upload can
 * start again, or one of these with a name.
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
  /** Rewrites the archive, as `editEntries` does; compressed input is decompressed and compressed again for it. */
  readonly edit?: Transform | undefined;
  /** The layer's entry in the image's history, as in `ADD dist /srv`. @default {"appendlayer"} */
  readonly history?: string | undefined;
  /** Bytes of the archive, for progress. Asked again and again, so it may be unknown at first. @default the size of bytes and of a `Blob` */
  readonly size?: (() => number | undefined) | undefined;
  /**
   * Whether the layer is left out if its function throws an `UnchangedError`, which says that there is nothing to put into it.
   *
   * @default {false}
   */
  readonly isOptional?: boolean | undefined;
}

/** A layer that differs by platform. */
export interface PlatformLayerInput {
  /**
   * Gives the layer for the image of a platform, and throws if there is none. An object that is given for several platforms is packed once.
   */
  readonly forPlatform: (platform: Platform) => LayerInput | Promise<LayerInput>;
}

/** Whether a layer differs by platform. */
export function isByPlatform(input: LayerInput | PlatformLayerInput): input is PlatformLayerInput {
  return typeof input === "object" && input !== null && "forPlatform" in input;
}

/** A layer's input in the form that the packer reads. */
export interface OpenableInput {
  readonly name?: string;
  readonly edit?: Transform | undefined;
  readonly replayable: boolean;
  /** Bytes of the archive, if they are known by now. */
  readonly size?: (() => number | undefined) | undefined;
  /** Opens the archive. A chunk may be valid only until the next one is asked for. */
  open(base?: BaseQuestions): ByteStream;
}

/**
 * Brings any input into the form that the packer reads.
 *
 * @param defaultName What messages call an input without a name.
 * @throws {TypeError} if it is no input, as programs without types may give.
 */
export function openableInput(input: LayerInput, defaultName: string = "a layer"): OpenableInput {
  if (input instanceof Uint8Array) {
    return { replayable: true, size: () => input.length, open: () => toByteStream([input]) };
  }
  if (input instanceof Blob) {
    return { replayable: true, size: () => input.size, open: () => toByteStream(input.stream()) };
  }
  if (isNamed(input)) {
    const { name, edit } = input;
    const opened = openableInput(input.input, name);
    const { size = opened.size } = input;
    return { ...opened, name, edit, size };
  }
  if (typeof input === "function") {
    return { replayable: true, open: (base) => openWith(input, base, defaultName) };
  }
  if (!isStream(input)) throw new TypeError(`Cannot use ${defaultName}: ${expected(input)}`);
  let opened = false;
  return {
    replayable: false,
    open(): ByteStream {
      if (opened) {
        throw new TypeError(
          `Cannot read the stream of ${defaultName} twice: give a function that opens it`,
        );
      }
      opened = true;
      return toByteStream(input);
    },
  };
}

function isNamed(input: LayerInput): input is NamedLayerInput {
  return typeof input === "object" && input !== null && "input" in input;
}

/** See {@linkcode NamedLayerInput.isOptional}. */
export function isOptional(input: LayerInput): boolean {
  return isNamed(input) && input.isOptional === true;
}

/** See {@linkcode NamedLayerInput.history}. */
export function layerHistory(input: LayerInput): string | undefined {
  return isNamed(input) ? input.history : undefined;
}

async function* openWith(
  open: (base?: BaseQuestions) => LayerStream | Promise<LayerStream>,
  base: BaseQuestions | undefined,
  name: string,
): ByteStream {
  const stream = await open(base);
  if (!isStream(stream)) {
    throw new TypeError(`Cannot open ${name}: its function returned none: ${expected(stream)}`);
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

function toByteStream(input: LayerStream | Iterable<Uint8Array>): ByteStream {
  if (input instanceof ReadableStream) return fromReadable(input);
  return eachBytes(input);
}

async function* eachBytes(input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): ByteStream {
  for await (const chunk of input) yield chunk as Bytes;
}
