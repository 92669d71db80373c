/** The lint plugin: reports imports that point up, sideways or out of the project. The rules are in `rooms.ts`. */

import { refuseImport } from "./rooms.ts";

const ROOT = new URL("../../", import.meta.url);

/** The path from the project's root; a file that lies elsewhere keeps its whole path. */
function fromRoot(filename: string): string {
  // Not fileURLToPath: `new URL` encodes both sides alike, on Windows too.
  const url = new URL(`file://${filename.startsWith("/") ? "" : "/"}${filename}`).href;
  return url.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : url;
}

const plugin: Deno.lint.Plugin = {
  name: "rooms",
  rules: {
    "imports-point-down": {
      create(context): Deno.lint.LintVisitor {
        const check = (node: Deno.lint.Node, specifier: unknown, typeOnly: boolean): void => {
          if (typeof specifier !== "string") return;
          const message = refuseImport({ file: fromRoot(context.filename), specifier, typeOnly });
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
            // A computed specifier could be anything: only the literal can be judged.
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
