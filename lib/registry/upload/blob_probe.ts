/** Asks whether a repository has a blob. */

import { type Endpoint, type EndpointRequest, failed } from "../http/endpoint.ts";
import { dropBody } from "../http/response_body.ts";

/** Statuses of registries that do not tell: Amazon's public one answers 401 to every HEAD. */
const UNTOLD: ReadonlySet<number> = new Set([400, 401, 403, 405, 406]);

/** Whether the blob at the request's target exists; undefined if the registry does not tell. */
export async function hasBlob(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): Promise<boolean | undefined> {
  const request: EndpointRequest = { ...common, method: "HEAD" };
  const found = await endpoint.send(request, async (answer) => {
    const { response, exchange, isForeign } = answer;
    const { status } = response;
    if (status !== 200 && status !== 404 && !UNTOLD.has(status)) {
      throw await failed(request, answer);
    }
    await dropBody(response, exchange);
    if (status === 200 || status === 404) return status === 200;
    return isForeign ? "elsewhere" : undefined;
  });
  return found === "elsewhere" ? await hasFirstByte(endpoint, common) : found;
}

/** Asks for the first byte, of a storage that refuses HEAD since its URL was signed for GET. */
async function hasFirstByte(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): Promise<boolean | undefined> {
  const request: EndpointRequest = { ...common, method: "GET", headers: { Range: "bytes=0-0" } };
  return await endpoint.send(request, async ({ response, exchange }) => {
    await dropBody(response, exchange);
    // An empty blob has no first byte.
    if (response.ok || response.status === 416) return true;
    return response.status === 404 ? false : undefined;
  });
}
