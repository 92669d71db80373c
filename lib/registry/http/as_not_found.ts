/** Tells what is not there from all else that a registry may refuse. */

import { NotFoundError } from "../../storage/not_found_error.ts";
import { RegistryError } from "./registry_error.ts";

/** Makes a `NotFoundError` of an answer 404, which becomes its cause; every other error stays as it is. */
export function asNotFound(error: unknown): unknown {
  return error instanceof RegistryError && error.status === 404
    ? new NotFoundError(error.message, { cause: error })
    : error;
}
