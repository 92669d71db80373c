/**
 * Makes the node host the library's default, where there is one. Imported by `mod.ts` for this effect; in browsers and Workers it has
 * none.
 */

import { setDefaultHost } from "../image/host.ts";
import { hasBuiltins } from "./builtin.ts";

// Loaded when the first verb is called, so that importing the library costs nothing.
if (hasBuiltins()) {
  setDefaultHost(async () => (await import("./node_host.ts")).createNodeHost());
}
