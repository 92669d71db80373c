/** The program of a thread that reads files. */

export { createReader as prepare } from "../../lib/host/files/read_batch.ts";
