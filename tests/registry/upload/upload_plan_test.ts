import assert from "node:assert/strict";
import { test } from "node:test";
import {
  planUpload,
  type UploadFailure,
  type UploadMethod,
  type UploadState,
  type UploadStep,
} from "../../../lib/registry/upload/upload_plan.ts";

interface Case {
  readonly state?: Partial<UploadState>;
  readonly failure: Partial<UploadFailure>;
  /** The way, with `+` for going on in the session, and the chunk size where it changes; or "fail". */
  readonly step: string;
}

const CASES: [name: string, cases: Case][] = [
  ["no answer to a PUT", { failure: {}, step: "put" }],
  ["no answer to a stream", { state: { way: "patch" }, failure: {}, step: "patch+" }],
  ["no answer to a stream, again", {
    state: { way: "patch", failures: 1 },
    failure: {},
    step: "chunks+",
  }],
  ["a stream that is in memory, again", {
    state: { way: "patch", failures: 1, isWhole: true },
    failure: {},
    step: "patch+",
  }],
  ["no answer to a chunk", { state: { way: "chunks" }, failure: {}, step: "chunks+" }],
  ["503", { state: { way: "patch" }, failure: { status: 503 }, step: "patch+" }],
  ["too many failures", { state: { failures: 4 }, failure: { status: 503 }, step: "fail" }],
  ["a PUT that is not found", { failure: { status: 404 }, step: "patch" }],
  ["a PUT that wants a length", { failure: { status: 411 }, step: "patch" }],
  ["a stream that wants a length", {
    state: { way: "patch" },
    failure: { status: 411 },
    step: "chunks",
  }],
  ["chunks that are refused", {
    state: { way: "chunks" },
    failure: { status: 400 },
    step: "patch",
  }],
  [
    "everything refused",
    {
      state: { way: "chunks", refused: new Set<UploadMethod>(["patch", "put"]) },
      failure: { status: 400 },
      step: "fail",
    },
  ],
  ["a PUT that is too large", { failure: { status: 413 }, step: "chunks" }],
  ["chunks that are too large", {
    state: { way: "chunks" },
    failure: { status: 413 },
    step: "chunks 2000",
  }],
  ["small chunks that are too large", {
    state: { way: "chunks", chunkSize: 2_000 },
    failure: { status: 413 },
    step: "fail",
  }],
  ["GitHub's 416", {
    state: { way: "chunks" },
    failure: { status: 416, text: "request body is too large" },
    step: "chunks 2000",
  }],
  ["another 416", {
    state: { way: "chunks" },
    failure: { status: 416, text: "out of order" },
    step: "chunks+",
  }],
  ["another 416, again", {
    state: { way: "chunks", failures: 1 },
    failure: { status: 416, text: "order" },
    step: "chunks",
  }],
  ["a lost session", {
    state: { way: "patch" },
    failure: { status: 404, codes: ["BLOB_UPLOAD_UNKNOWN"] },
    step: "patch",
  }],
  ["other bytes by a PUT", { failure: { status: 400, codes: ["DIGEST_INVALID"] }, step: "patch" }],
  ["other bytes by a PATCH", {
    state: { way: "patch" },
    failure: { status: 400, codes: ["DIGEST_INVALID"] },
    step: "patch",
  }],
  ["other bytes too often", {
    state: { failures: 2 },
    failure: { status: 400, codes: ["DIGEST_INVALID"] },
    step: "fail",
  }],
  ["no access", { failure: { status: 403 }, step: "fail" }],
  ["no credentials", { failure: { status: 401 }, step: "fail" }],
];

for (const [name, { state, failure, step }] of CASES) {
  test(`planUpload() after ${name}: ${step}`, () => {
    const plan = planUpload(
      {
        way: "put",
        chunkSize: 8_000,
        failures: 0,
        retries: 4,
        isWhole: false,
        refused: new Set(),
        ...state,
      },
      { status: undefined, codes: [], text: "", ...failure },
    );
    assert.equal(describe(plan), step);
  });
}

function describe(step: UploadStep): string {
  if (step.kind === "fail") return "fail";
  const size = step.chunkSize === 8_000 ? "" : ` ${step.chunkSize}`;
  return `${step.way}${step.resumes ? "+" : ""}${size}`;
}
