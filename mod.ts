/**
 * Puts files on top of a container image in the registry, without pulling it. Runs on Deno, Bun, Node, Cloudflare Workers and in
 * browsers.
 *
 * @module
 */

export { appendLayer, type AppendOptions } from "./lib/image/append.ts";
export { editImage } from "./lib/image/edit.ts";
export type { ChangeOptions, LayerOptions } from "./lib/image/change_image.ts";
export type { ImageResult, LayerResult } from "./lib/image/image_result.ts";
export type { AccessOptions, Progress } from "./lib/image/access.ts";
export type { Host } from "./lib/image/host.ts";
export type { LayerInput, NamedLayerInput, PlainLayerInput } from "./lib/layer/layer_input.ts";
export { LayerError } from "./lib/layer/layer_error.ts";
