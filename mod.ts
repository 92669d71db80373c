/**
 * Puts files on top of a container image in the registry, without pulling it. Runs on Deno, Bun, Node, Cloudflare Workers and in
 * browsers.
 *
 * Images are named as in the command: `nginx:1` or `ghcr.io/acme/site:7@sha256:…` in a registry, `oci:DIR[:TAG]` in a directory,
 * `oci-archive:FILE` and `docker-archive:FILE` in a file, `docker-daemon:NAME` in a local engine. Workers and browsers have registries,
 * and archives by `webArchives` of `/host`.
 *
 * Layers of local files are made by `@x/appendlayer/files`, tars by `/tar`, one layer onto many images by `/batch`, short-lived
 * credentials of clouds by `/credentials`; a program brings its own connections, threads or storage by `/host`. Programs for
 * `container-image-builder` import `/container-image-builder`.
 *
 * @module
 */

export * from "./lib/entries/main.ts";

// `deno run jsr:@x/appendlayer` runs the command. In a bundle both questions are about the bundle, which has another name; and no
// bundler follows a specifier that is made here, so that no bundle holds the command.
if ((import.meta as { readonly main?: boolean }).main && import.meta.url.endsWith("/mod.ts")) {
  const cli = import.meta.url.replace(/mod\.ts$/, "cli.ts");
  import(/* webpackIgnore: true */ /* @vite-ignore */ cli).then(({ run }) => run());
}
