/** The environment variables in the help. */

/** Environment variables that the command reads, with their help. */
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
  ["APPENDLAYER_COMPLETION_TIMEOUT", "milliseconds for tags at a tab (default: 500); 0: none"],
];
