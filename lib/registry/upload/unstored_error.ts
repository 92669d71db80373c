/** The error for a blob that a registry claims to have stored, but does not have. */

import { RegistryError } from "../http/registry_error.ts";

/** Tells the plan of an upload that the blob is missing. To callers it is a `RegistryError` like any other. */
export class UnstoredError extends RegistryError {}
