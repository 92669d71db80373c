/** The program of a page that does what a test asks of it. */

import { runJob } from "./web_job.ts";

Object.assign(globalThis, { runJob });
