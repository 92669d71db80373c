/** A Worker that does what a test asks of it. */

import { runJob } from "./web_job.ts";

const worker: { readonly fetch: (request: Request) => Promise<Response> } = {
  fetch: async (request) => Response.json(await runJob(await request.json())),
};

export default worker;
