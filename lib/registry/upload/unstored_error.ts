/** The error for a blob that a registry said to have stored, and has not. */

import { RegistryError } from "../http/registry_error.ts";

/** An upload that ended well but for the blob, which is not there. To callers it is a `RegistryError` like any other. */
export class UnstoredError extends RegistryError {}
