import assert from "node:assert/strict";
import { test } from "node:test";
import {
  planUpload,
  type UploadFailure,
  type UploadMethod,
  type UploadState,
  type UploadStep,
} from "../../../lib/registry/upload/upload_plan.ts";

type Refusal = Omit<UploadFailure & { readonly kind: "refused" }, "kind">;

interface Case {
  readonly state?: Partial<UploadState>;
  readonly failure: Partial<Refusal> | { readonly kind: "connection" | "unstored" };
  /** The method, with `+` for going on in the session, and the chunk size where it changes; or "fail". */
  readonly step: string;
}

const CASES: [name: string, cases: Case][] = [
  ["no answer to a PUT", { failure: { kind: "connection" }, step: "monolithic" }],
  ["no answer to a stream", {
    state: { method: "stream" },
    failure: { kind: "connection" },
    step: "stream+",
  }],
  ["no answer to a stream, again", {
    state: { method: "stream", failures: 1 },
    failure: { kind: "connection" },
    step: "chunked+",
  }],
  ["a stream that is in memory, again", {
    state: { method: "stream", failures: 1, isWhole: true },
    failure: { kind: "connection" },
    step: "stream+",
  }],
  ["no answer to a chunk", {
    state: { method: "chunked" },
    failure: { kind: "connection" },
    step: "chunked+",
  }],
  ["503", { state: { method: "stream" }, failure: { status: 503 }, step: "stream+" }],
  ["too many failures", { state: { failures: 4 }, failure: { status: 503 }, step: "fail" }],
  ["a PUT that is not found", { failure: { status: 404 }, step: "stream" }],
  ["a PUT that wants a length", { failure: { status: 411 }, step: "stream" }],
  ["a stream that wants a length", {
    state: { method: "stream" },
    failure: { status: 411 },
    step: "chunked",
  }],
  ["chunks that are refused", {
    state: { method: "chunked" },
    failure: { status: 400 },
    step: "stream",
  }],
  [
    "everything refused",
    {
      state: { method: "chunked", refused: new Set<UploadMethod>(["stream", "monolithic"]) },
      failure: { status: 400 },
      step: "fail",
    },
  ],
  ["a PUT that is too large", { failure: { status: 413 }, step: "chunked" }],
  ["chunks that are too large", {
    state: { method: "chunked" },
    failure: { status: 413 },
    step: "chunked 2000",
  }],
  ["small chunks that are too large", {
    state: { method: "chunked", chunkSize: 2_000 },
    failure: { status: 413 },
    step: "fail",
  }],
  ["GitHub's 416", {
    state: { method: "chunked" },
    failure: { status: 416, text: "request body is too large" },
    step: "chunked 2000",
  }],
  ["another 416", {
    state: { method: "chunked" },
    failure: { status: 416, text: "out of order" },
    step: "chunked+",
  }],
  ["another 416, again", {
    state: { method: "chunked", failures: 1 },
    failure: { status: 416, text: "order" },
    step: "chunked",
  }],
  ["a lost session", {
    state: { method: "stream" },
    failure: { status: 404, codes: ["BLOB_UPLOAD_UNKNOWN"] },
    step: "stream",
  }],
  ["other bytes by a PUT", { failure: { status: 400, codes: ["DIGEST_INVALID"] }, step: "stream" }],
  ["other bytes by a PATCH", {
    state: { method: "stream" },
    failure: { status: 400, codes: ["DIGEST_INVALID"] },
    step: "stream",
  }],
  ["other bytes too often", {
    state: { failures: 2 },
    failure: { status: 400, codes: ["DIGEST_INVALID"] },
    step: "fail",
  }],
  ["a PUT that stored nothing", { failure: { kind: "unstored" }, step: "stream" }],
  ["a closing PUT that stored nothing", {
    state: { method: "chunked" },
    failure: { kind: "unstored" },
    step: "chunked",
  }],
  ["uploads that stored nothing, too often", {
    state: { failures: 2 },
    failure: { kind: "unstored" },
    step: "fail",
  }],
  ["no access", { failure: { status: 403 }, step: "fail" }],
  ["no credentials", { failure: { status: 401 }, step: "fail" }],
];

for (const [name, { state, failure, step }] of CASES) {
  test(`planUpload() after ${name}: ${step}`, () => {
    const plan = planUpload(
      {
        method: "monolithic",
        chunkSize: 8_000,
        failures: 0,
        isLast: (state?.failures ?? 0) >= 4,
        isWhole: false,
        refused: new Set(),
        ...state,
      },
      "kind" in failure
        ? failure
        : { kind: "refused", status: 400, codes: [], text: "", ...failure },
    );
    assert.equal(describe(plan), step);
  });
}

function describe(step: UploadStep): string {
  if (step.kind === "fail") return "fail";
  const size = step.chunkSize === 8_000 ? "" : ` ${step.chunkSize}`;
  return `${step.method}${step.resumes ? "+" : ""}${size}`;
}
