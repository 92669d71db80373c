/** The options that commands share. */

import type { OptionGroup } from "../commands/command.ts";

/** The new layer. */
export const LAYER_OPTIONS: OptionGroup = {
  title: "Layer",
  options: [
    {
      name: "layer",
      value: "FILE",
      many: true,
      about: "a tar, tar.gz or tar.zst as one layer; - is standard input",
    },
    {
      name: "add",
      value: "SRC[:DEST]",
      many: true,
      about:
        "a local file, or a directory's contents, at DEST from the root of the image (default: the root); all in one layer",
    },
    { name: "delete", value: "PATH", many: true, about: "remove a path of the base" },
    {
      name: "opaque",
      value: "DIR",
      many: true,
      about: "hide what the base has in a directory",
    },
    {
      name: "ignore",
      value: "GLOB",
      many: true,
      about: "leave out of --add, by .dockerignore's rules",
    },
    {
      name: "ignore-file",
      value: "FILE",
      many: true,
      about: "read such rules from a file",
    },
    { name: "prefix", value: "DIR", about: "put the entries of a tar below DIR" },
    { name: "chown", value: "UID[:GID]", about: "owner of the entries (added files: 0:0)" },
    {
      name: "chmod",
      value: "MODE",
      about: "permissions of the entries (default: their own), as in 644 or u=rwX,go=rX",
    },
    {
      name: "mtime",
      value: "TIME|keep",
      about: "time of the entries (added files: SOURCE_DATE_EPOCH, else 1970)",
    },
    {
      name: "read-base",
      about:
        "read the base's layers, to keep the modes and owners of the directories above the entries, and its links",
    },
    { name: "dereference", about: "add what symbolic links point at" },
    {
      name: "compression",
      value: "KIND",
      about:
        "gzip, zstd, none, or keep: compressed input as it came (default: gzip; keep where compressed)",
    },
    {
      name: "compression-level",
      value: "N",
      about: "gzip 1 to 9, zstd 1 to 22; not of what is kept",
    },
    {
      name: "threads",
      value: "N",
      about: "threads that compress; 0 for none (default: one for each core, at most 8)",
    },
  ],
};

/** The image's config. */
export const IMAGE_OPTIONS: OptionGroup = {
  title: "Image",
  options: [
    {
      name: "platform",
      value: "OS/ARCH",
      many: true,
      about: "only these images of a multi-platform base (default: all)",
    },
    { name: "env", value: "K=V", many: true, about: "set a variable; K- unsets it" },
    { name: "label", value: "K=V", many: true, about: "set a label; K- unsets it" },
    {
      name: "annotation",
      value: "K=V",
      many: true,
      about: "set an annotation of manifests and index; K- unsets it",
    },
    {
      name: "entrypoint",
      value: "LIST",
      about: "the program and its first arguments: JSON or shell words; '' unsets",
    },
    { name: "cmd", value: "LIST", about: "the default arguments: JSON or shell words; '' unsets" },
    { name: "workdir", value: "DIR", about: "the working directory; '' unsets" },
    { name: "user", value: "USER[:GROUP]", about: "who runs it; '' unsets" },
    {
      name: "expose",
      value: "PORT",
      many: true,
      about: "a port that it serves, as in 80 or 53/udp; '' unsets all",
    },
    {
      name: "volume",
      value: "DIR",
      many: true,
      about: "a directory kept outside; '' unsets all",
    },
    { name: "stop-signal", value: "SIGNAL", about: "what stops it, as in SIGTERM; '' unsets" },
    {
      name: "healthcheck",
      value: "CHECK",
      about: "as in a Dockerfile: [--interval=30s …] COMMAND, or NONE; '' unsets",
    },
    { name: "shell", value: "LIST", about: "what runs commands in shell form; '' unsets" },
    {
      name: "created",
      value: "TIME",
      about: "ISO 8601 or seconds (default: SOURCE_DATE_EPOCH, else now)",
    },
    { name: "author", value: "NAME", about: "who made it" },
    { name: "comment", value: "TEXT", about: "for the layer's history entry" },
  ],
};

/** Where the result goes. */
export const RESULT_OPTIONS: OptionGroup = {
  title: "Result",
  options: [
    { name: "tag", value: "TAG", many: true, about: "a further tag for the result" },
    { name: "dry-run", about: "read, pack and plan, push nothing; report what would be sent" },
  ],
};

/** What is told. */
export const OUTPUT_OPTIONS: OptionGroup = {
  title: "Output",
  options: [
    { name: "json", about: "print the result as a JSON object" },
    { name: "digest-file", value: "FILE", about: "write the result's digest to a file" },
    { name: "quiet", short: "q", about: "say nothing but the result and errors" },
    { name: "verbose", short: "v", about: "say more, also about errors" },
    {
      name: "progress",
      value: "KIND",
      about: "auto, plain (lines, for logs) or none (default: auto)",
    },
  ],
};

/** How registries are reached. */
export const CONNECTION_OPTIONS: OptionGroup = {
  title: "Connection",
  options: [
    { name: "plain-http", about: "speak http instead of https" },
    { name: "insecure", about: "accept any certificate of the registries that are named" },
    {
      name: "ca",
      value: "FILE",
      many: true,
      about: "trust these certificates (PEM), too",
    },
    {
      name: "cert",
      value: "FILE",
      about: "a certificate to show to the registries that are named (PEM)",
    },
    { name: "key", value: "FILE", about: "its private key (PEM)" },
    {
      name: "trust-realm",
      value: "HOST",
      many: true,
      about: "a host that may see credentials as token service",
    },
    { name: "retries", value: "N", about: "attempts after a failed one (default: 4)" },
    {
      name: "timeout",
      value: "SECONDS",
      about: "silence after which a request has failed (default: 60)",
    },
    { name: "concurrency", value: "N", about: "blobs that move at a time (default: 4)" },
  ],
};

/** On every command. */
export const HELP_OPTIONS: OptionGroup = {
  title: "Other",
  options: [
    { name: "help", short: "h", about: "print this" },
    { name: "version", about: "print the version" },
  ],
};

/** Variables that matter, and what for. */
export const ENVIRONMENT: readonly (readonly [name: string, about: string])[] = [
  ["DOCKER_CONFIG", "the directory of Docker's config.json, with credentials and helpers"],
  ["DOCKER_AUTH_CONFIG", "such a config as JSON; it comes first"],
  ["REGISTRY_AUTH_FILE", "an auth.json as podman and skopeo write it"],
  ["REFRESH_TOKEN", "an identity token for TARGET's registry"],
  ["ACCESS_TOKEN", "an Entra ID token, for Azure's registries"],
  ["AWS_ACCESS_KEY_ID", "and its kin: for Amazon's registries"],
  ["GOOGLE_APPLICATION_CREDENTIALS", "a credentials file, for Google's registries"],
  ["HTTPS_PROXY, HTTP_PROXY", "proxies; NO_PROXY lists hosts that need none"],
  ["SOURCE_DATE_EPOCH", "seconds since 1970 that the image is dated to"],
];
