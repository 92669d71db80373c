/**
 * Decides which token services may be asked, and which may be sent a secret. The realm comes from the registry's answer, so a compromised
 * or mistyped registry could name any address (CVE-2026-48978, GHSA-28r5-37g7-p6mp).
 */

import type { Finding } from "../../base/hint.ts";
import { DOCKER_HUB } from "../../oci/reference.ts";
import { isAddress, isPrivateHost } from "./private_host.ts";

/** What would be sent to the realm. */
export type RealmSecret =
  /** Nothing. */
  | "none"
  /** A user's password for this registry. */
  | "password"
  /** A token that gives access to more than this registry: of a cloud, or an identity token. */
  | "token";

/** What {@linkcode checkRealm} decides on. */
export interface RealmQuestion {
  readonly realm: URL;
  /** The registry's own URL. */
  readonly origin: URL;
  /** The registry as the user named it: `docker.io`. */
  readonly registry: string;
  readonly secret: RealmSecret;
  /** Hosts, with or without ports, that the user trusts with secrets. */
  readonly trusted: readonly string[];
  /** Whether a domain is a public suffix; without this, no host is a sibling of the registry. */
  readonly isPublicSuffix: ((domain: string) => boolean) | undefined;
}

/** Token services of registries that have another name but the same owner. */
const PAIRS: ReadonlyMap<string, string> = new Map([
  [DOCKER_HUB, "auth.docker.io"],
  ["registry.gitlab.com", "gitlab.com"],
  ["nvcr.io", "authn.nvidia.com"],
  ["registry.digitalocean.com", "api.digitalocean.com"],
]);

/**
 * Domains of hosting services under which anybody gets a name, some of which are not in the Public Suffix List: one name may be a registry,
 * and its sibling an attacker's.
 */
const SHARED_PARENTS =
  /(?:^|\.)(?:amazonaws\.com(?:\.cn)?|appspot\.com|awsapprunner\.com|azure-api\.net|azurecontainer\.io|azurecontainerapps\.io|azurecr\.(?:io|cn|us|de)|azurefd\.net|azurewebsites\.net|cloudapp\.(?:azure\.com|net)|cloudflare\.net|cloudfront\.net|code\.run|deno\.(?:dev|net)|duckdns\.org|dyndns\.org|firebaseapp\.com|fly\.dev|github\.(?:dev|io)|githubpreview\.dev|gitlab\.io|gitpod\.io|herokuapp\.com|hopto\.org|koyeb\.app|loca\.lt|lovable\.app|myds\.me|netlify\.app|ngrok(?:-free)?\.(?:app|dev|io)|nip\.io|no-ip\.org|on\.aws|ondigitalocean\.app|onrender\.com|pages\.dev|pkg\.dev|railway\.app|repl\.co|replit\.(?:app|dev)|run\.app|scw\.cloud|sslip\.io|surge\.sh|trafficmanager\.net|trycloudflare\.com|ts\.net|vercel\.app|web\.app|windows\.net|workers\.dev)$/;

/** Why a realm may not be asked, as the end of a message; undefined if it may. */
export function checkRealm(question: RealmQuestion): Finding | undefined {
  const { realm, origin, secret, trusted } = question;
  if (realm.protocol !== "https:" && realm.protocol !== "http:") {
    return { message: "it is not a web address" };
  }
  if (realm.username !== "" || realm.password !== "") {
    return { message: "it holds user information" };
  }
  const isOwn = realm.hostname === origin.hostname;
  const isTrusted = trusted.includes(realm.host) || trusted.includes(realm.hostname);
  if (realm.protocol === "http:" && origin.protocol !== "http:") {
    return { message: "it is plain http, but the registry is https" };
  }
  if (isOwn || isTrusted) return undefined;
  if (isPrivateHost(realm.hostname) && !isPrivateHost(origin.hostname)) {
    return { message: "it is in a private network, but the registry is public" };
  }
  if (secret === "none") return undefined;
  if (PAIRS.get(question.registry) === realm.host && realm.protocol === "https:") return undefined;
  if (secret === "password" && question.isPublicSuffix !== undefined) {
    if (areSiblings(realm, origin, question.isPublicSuffix)) return undefined;
  }
  return {
    message:
      "it is another host than the registry's; if it is the right one, allow it with the option trustRealms",
    hint: { kind: "trust-realm", host: realm.host },
  };
}

/** Whether two hosts have the same parent domain, which has one owner: `registry.example.com` and `gitlab.example.com`. */
function areSiblings(one: URL, other: URL, isPublicSuffix: (domain: string) => boolean): boolean {
  if (isAddress(one.hostname) || isAddress(other.hostname)) return false;
  const parent = parentDomain(one.hostname);
  return parent === parentDomain(other.hostname) && parent.includes(".") &&
    !isPublicSuffix(parent) &&
    !SHARED_PARENTS.test(parent);
}

function parentDomain(hostname: string): string {
  return hostname.slice(hostname.indexOf(".") + 1);
}
