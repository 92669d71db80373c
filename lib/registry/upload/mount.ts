/** Mounts a blob of another repository of the same registry, without copying it. */

import type { Digest } from "../../oci/digest.ts";
import { AuthError } from "../auth/auth_error.ts";
import { failed } from "../http/endpoint.ts";
import { RegistryError } from "../http/registry_error.ts";
import { dropBody } from "../http/response_body.ts";
import { UploadSession, type UploadTarget } from "./upload_session.ts";

/** Options of {@linkcode mountBlob}. */
export interface MountRequest extends UploadTarget {
  readonly digest: Digest;
  readonly from: string;
  /** Scopes of the upload that follows if the answer is a session. */
  readonly uploadScopes: readonly string[];
}

/**
 * Mounts a blob.
 *
 * @returns a session if the registry wants the bytes instead, or "refused"; the caller copies the blob then.
 */
export async function mountBlob(
  request: MountRequest,
): Promise<"mounted" | "refused" | UploadSession> {
  const { endpoint, digest, from, uploadScopes, ...common } = request;
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const target = `/v2/${request.repository}/blobs/uploads/?${query}`;
  const post = { ...common, method: "POST", target };
  try {
    return await endpoint.send(post, async (answer) => {
      const { response, exchange } = answer;
      if (response.status !== 201 && response.status !== 202) throw await failed(post, answer);
      await dropBody(response, exchange);
      if (response.status === 201) return "mounted";
      return new UploadSession({ ...common, endpoint, scopes: uploadScopes }, answer);
    });
  } catch (error) {
    // DigitalOcean's token service refuses scopes of two repositories; Harbor answers 401 for a missing project.
    if (error instanceof RegistryError || error instanceof AuthError) return "refused";
    throw error;
  }
}
