/**
 * Makes the node host the library's default, where there is one. Imported by `mod.ts` for this effect; in browsers and Workers it has
 * none.
 */

import { setDefaultHost } from "../image/host.ts";
import { setNativeTypes } from "../image/native_types.ts";
import { hasBuiltins } from "./builtin.ts";
import { nodeTypes } from "./native_types.ts";

// Loaded when the first verb is called, so that importing the library costs nothing.
if (hasBuiltins()) {
  setNativeTypes(nodeTypes);
  setDefaultHost(async () => (await import("./node_host.ts")).createNodeHost());
}
