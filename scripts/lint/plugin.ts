/**
 * The lint plugin: reports imports that point up, sideways, in a circle or out of the project. The rules are in `rooms.ts` and
 * `circles.ts`.
 */

import { findCircle, resolve } from "./circles.ts";
import { refuseImport } from "./rooms.ts";

const ROOT = new URL("../../", import.meta.url);

/** The path from the project's root; for a file elsewhere, its absolute path. */
function fromRoot(filename: string): string {
  // Not `fileURLToPath`: `new URL` encodes both paths in the same way, on Windows too.
  const url = new URL(`file://${filename.startsWith("/") ? "" : "/"}${filename}`).href;
  return url.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : url;
}

const sources = new Map<string, string | undefined>();

/** The text of a file of the project, read once. */
function readSource(file: string): string | undefined {
  if (!sources.has(file)) {
    let text: string | undefined;
    try {
      text = Deno.readTextFileSync(new URL(file, ROOT));
    } catch {
      // The type checker reports a missing file.
    }
    sources.set(file, text);
  }
  return sources.get(file);
}

function refuseCircle(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const circle = findCircle(file, resolve(file, specifier), readSource);
  return circle && `Files of a room do not import each other in a circle: ${circle.join(" → ")}`;
}

const plugin: Deno.lint.Plugin = {
  name: "rooms",
  rules: {
    "imports-point-down": {
      create(context): Deno.lint.LintVisitor {
        const check = (node: Deno.lint.Node, specifier: unknown, typeOnly: boolean): void => {
          if (typeof specifier !== "string") return;
          const file = fromRoot(context.filename);
          const message = refuseImport({ file, specifier, typeOnly }) ??
            refuseCircle(file, specifier);
          if (message !== undefined) context.report({ node, message });
        };
        return {
          ImportDeclaration(node): void {
            check(node, node.source.value, node.importKind === "type");
          },
          ExportNamedDeclaration(node): void {
            if (node.source) check(node, node.source.value, node.exportKind === "type");
          },
          ExportAllDeclaration(node): void {
            check(node, node.source.value, node.exportKind === "type");
          },
          ImportExpression(node): void {
            // Only literal specifiers can be checked.
            if (node.source.type === "Literal") check(node, node.source.value, false);
          },
          TSImportType(node): void {
            const { argument } = node;
            if (argument.type !== "TSLiteralType" || argument.literal.type !== "Literal") return;
            check(node, argument.literal.value, true);
          },
        };
      },
    },
  },
};

export default plugin;
