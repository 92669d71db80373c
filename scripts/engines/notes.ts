/** Formats the notes of end-to-end tests: lines as they are, and outcomes of engines as tables. */

/** Options of {@linkcode formatNotes}. */
export interface NotesOptions {
  /** Whether tables are shown in full, or only the number of each outcome. */
  readonly long: boolean;
}

interface Outcome {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly cell: string;
}

const CELL = "cell ";

/** Lines to print. */
export function formatNotes(notes: string, { long }: NotesOptions): string[] {
  const lines = notes.split("\n").filter((line) => line !== "");
  const outcomes = lines.filter((line) => line.startsWith(CELL))
    .map((line): Outcome => JSON.parse(line.slice(CELL.length)));
  const tables = [...new Set(outcomes.map(({ table }) => table))];
  return [
    ...lines.filter((line) => !line.startsWith(CELL)),
    ...tables.flatMap((table) => {
      const cells = outcomes.filter((one) => one.table === table);
      return long ? ["", ...formatTable(table, cells)] : countOutcomes(table, cells);
    }),
  ];
}

function countOutcomes(table: string, cells: readonly Outcome[]): string[] {
  const columns = [...new Set(cells.map(({ column }) => column))];
  return columns.map((column) => {
    const own = new Map(cells.filter((one) => one.column === column).map((one) => [one.row, one]));
    const counts = new Map<string, number>();
    for (const { cell } of own.values()) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    return `${table}, ${column}: ${
      [...counts].map(([cell, count]) => `${count} ${cell}`).join(", ")
    }`;
  });
}

/** A Markdown table. */
function formatTable(table: string, cells: readonly Outcome[]): string[] {
  const columns = [...new Set(cells.map(({ column }) => column))];
  const rows = [...new Set(cells.map(({ row }) => row))];
  const known = new Map(cells.map(({ row, column, cell }) => [`${row}\n${column}`, cell]));
  const line = (words: readonly string[]): string =>
    `| ${words.map((word) => word.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line([table, ...columns]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map((row) =>
      line([row, ...columns.map((column) => known.get(`${row}\n${column}`) ?? "")])
    ),
  ];
}
