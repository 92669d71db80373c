/** What a runtime offers beyond web standards; every member is optional and the core works without. */

import type { Fetch } from "../base/fetch.ts";
import type { CreateHasher } from "../base/hasher.ts";
import type { Codec } from "../layer/codec.ts";
import type { CreateSpool } from "../layer/spool.ts";
import type { OpenDirectory } from "../layout/directory.ts";
import type { CredentialSource } from "../registry/credential.ts";

/** The seams of a host. */
export interface Host {
  readonly fetch?: Fetch | undefined;
  readonly createHasher?: CreateHasher | undefined;
  readonly codec?: Codec | undefined;
  readonly createSpool?: CreateSpool | undefined;
  readonly openDirectory?: OpenDirectory | undefined;
  readonly credentials?: CredentialSource | undefined;
}
