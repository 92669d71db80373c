import type { Bytes } from "../../lib/base/bytes.ts";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import { inspectImage } from "../../lib/image/verbs/inspect.ts";
import { openLayout } from "../../lib/layout/layout_repository.ts";
import { fuzz } from "../fuzz.ts";
import { tarOf } from "../image/fake_images.ts";
import { createMemoryDirectory } from "../layout/memory_directory.ts";
import { createMemoryArchives } from "./memory_archives.ts";

for (const kind of ["docker-archive", "oci-archive"]) {
  const make = async (): Promise<readonly Bytes[]> => {
    const archives = createMemoryArchives();
    await appendLayer("scratch", `${kind}:a.tar:app:1`, {
      layers: [tarOf("file", "content")],
      platforms: ["linux/amd64"],
      host: { archives },
    });
    return [...archives.files.values()];
  };
  fuzz(`archives of the form ${kind}`, make, async (bytes) => {
    const archives = createMemoryArchives(new Map([["a.tar", bytes]]));
    await inspectImage(`${kind}:a.tar`, { host: { archives } });
  });
}

const INDEX = new TextEncoder().encode(JSON.stringify({
  schemaVersion: 2,
  manifests: [
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: `sha256:${"a".repeat(64)}`,
      size: 2,
      annotations: { "org.opencontainers.image.ref.name": "1" },
    },
    {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: `sha256:${"b".repeat(64)}`,
      size: 2,
      annotations: { "io.containerd.image.name": "docker.io/library/app:2@sha256:x" },
    },
  ],
}));

fuzz("the index of a layout", () => [INDEX], async (bytes) => {
  const directory = createMemoryDirectory();
  directory.files.set("oci-layout", new TextEncoder().encode('{"imageLayoutVersion":"1.0.0"}'));
  directory.files.set("index.json", bytes);
  directory.files.set(`blobs/sha256/${"a".repeat(64)}`, new TextEncoder().encode("{}"));
  const layout = openLayout(directory);
  for await (const _ of layout.tags());
  await layout.getManifest("1");
});
