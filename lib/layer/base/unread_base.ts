/** Stands for a base that is not to be read. */

import type { BaseQuestions } from "./base_questions.ts";
import type { Warning } from "../../storage/warning.ts";

/** Answers that nothing is at any path, and warns that a file may replace a directory there. */
export function unreadBase(warn: (warning: Warning) => void): BaseQuestions {
  return {
    kindOf(path): Promise<"missing"> {
      warn({
        code: "replaces-directory",
        path,
        message:
          `The file that is added at "/${path}" takes the place of what the base has there, which is not read: if that is a directory, "/${path}/" puts the file into it`,
        hint: { kind: "read-base" },
      });
      return Promise.resolve("missing");
    },
  };
}
