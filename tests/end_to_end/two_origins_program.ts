/** {@linkcode exercise} as a program: REGISTRY DIGEST. */

import process from "node:process";
import { exercise } from "./two_origins_client.ts";

const [registry = "", digest = ""] = process.argv.slice(2);
exercise(registry, digest).then((outcomes) => process.stdout.write(JSON.stringify(outcomes)));
