/** Makes a blob of another repository of the same registry appear without moving it. */

import type { Digest } from "../../oci/digest.ts";
import { AuthError } from "../auth/auth_error.ts";
import { failed } from "../http/endpoint.ts";
import { RegistryError } from "../http/registry_error.ts";
import { dropBody } from "../http/response_body.ts";
import { UploadSession, type UploadTarget } from "./upload_session.ts";

/** What is mounted, and where from. */
export interface MountRequest extends UploadTarget {
  readonly digest: Digest;
  readonly from: string;
  /** The scopes of what follows, if the answer is a session. */
  readonly uploadScopes: readonly string[];
}

/**
 * Mounts a blob.
 *
 * @returns a session where the registry would rather have the bytes, or "refused": whatever the reason, the caller copies then.
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
    // DigitalOcean's token service refuses to hear of two repositories; Harbor answers 401 to a project that is missing.
    if (error instanceof RegistryError || error instanceof AuthError) return "refused";
    throw error;
  }
}
