import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEdit } from "../../lib/oci/describe_edit.ts";

test("describeEdit() says what a Dockerfile would, and what none can", () => {
  assert.deepEqual(
    describeEdit({
      env: { MODE: "production", OLD: null, TEXT: "a b" },
      labels: { a: "1" },
      cmd: ["serve", "-p"],
      entrypoint: null,
      shell: ["sh"],
      workdir: "/srv",
      user: null,
      expose: ["80", "53/udp"],
      volumes: null,
      stopSignal: "SIGINT",
      healthcheck: { test: ["NONE"] },
    }),
    [
      "LABEL a=1",
      'ENV MODE=production OLD- TEXT="a b"',
      'SHELL ["sh"]',
      "WORKDIR /srv",
      "USER -",
      "EXPOSE 80 53/udp",
      "VOLUME -",
      "STOPSIGNAL SIGINT",
      'HEALTHCHECK ["NONE"]',
      "ENTRYPOINT -",
      'CMD ["serve","-p"]',
    ],
  );
  assert.deepEqual(describeEdit({ healthcheck: null, expose: null }), [
    "EXPOSE -",
    "HEALTHCHECK -",
  ]);
  assert.deepEqual(describeEdit({ env: {} }), []);
});
