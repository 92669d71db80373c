/**
 * Runs the demo and draws it as a film of a terminal, `docs/images/demo.svg`, in which commands are typed and their output appears.
 * The images are dated 1970, so that the same program makes the same film.
 *
 *     deno task film
 */

import { shellCommand, STEPS } from "./demo.ts";
import { say } from "./run.ts";

const OUTPUT = "docs/images/demo.svg";
const COLUMNS = 90;
/** Pixels: the width of a letter, the height of a line, and the margin. */
const LETTER = 8.4;
const LINE = 20;
const MARGIN = 16;
/** Seconds: for typing a letter, and before and after a command. */
const KEY = 0.035;
const PAUSE = 0.6;
/** Seconds that the last picture stays before the film starts again. */
const END = 6;

/** A line of the terminal, with the time at which it appears and the time that typing it takes. */
interface Line {
  readonly text: string;
  readonly kind: "comment" | "command" | "answer";
  readonly start: number;
  readonly typed: number;
}

/** Runs the steps; returns the lines that appear. */
async function play(): Promise<Line[]> {
  const lines: Line[] = [];
  let time = 0.5;
  const directory = await Deno.makeTempDir({ prefix: "appendlayer-film-" });
  try {
    for (const [about, command] of STEPS) {
      if (about !== "") {
        lines.push({ text: `# ${about}`, kind: "comment", start: time, typed: 0 });
        time += PAUSE;
      }
      const typed = command.length * KEY;
      lines.push({ text: `$ ${command}`, kind: "command", start: time, typed });
      time += typed + PAUSE;
      const options = {
        env: { SOURCE_DATE_EPOCH: "0" },
        stdout: "piped",
        stderr: "piped",
      } as const;
      const { code, stdout, stderr } = await shellCommand(command, directory, options).output();
      const text = new TextDecoder();
      if (code !== 0) throw new Error(`Cannot play "${command}": ${text.decode(stderr)}`);
      for (const answer of text.decode(stdout).split("\n").slice(0, -1)) {
        lines.push({ text: answer.slice(0, COLUMNS), kind: "answer", start: time, typed: 0 });
      }
      time += PAUSE;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return lines;
}

/** Draws the lines as an animated picture, which does not move for people who prefer reduced motion. */
export function draw(lines: readonly Line[]): string {
  const width = Math.round(COLUMNS * LETTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const last = lines.at(-1);
  const whole = (last === undefined ? 0 : last.start + last.typed) + END;
  const percent = (seconds: number): string => `${(100 * seconds / whole).toFixed(2)}%`;
  const rules = lines.map(({ start, typed, text }, index) => {
    const steps = typed === 0 ? 1 : text.length;
    const hidden = "clip-path:inset(0 100% 0 0)";
    // A line stays until the film starts again.
    return `@keyframes l${index}{0%,${
      percent(start)
    }{${hidden};animation-timing-function:steps(${steps})}${
      percent(start + Math.max(typed, 0.01))
    },100%{clip-path:inset(0)}}#l${index}{animation:l${index} ${whole.toFixed(1)}s infinite}`;
  });
  const texts = lines.map(({ text, kind }, index) => {
    const y = MARGIN + (index + 0.75) * LINE;
    return `<text id="l${index}" class="${kind}" x="${MARGIN}" y="${y}" xml:space="preserve">${
      escape(text)
    }</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal in which an image is made in two steps">
<title>A terminal in which an image is made in two steps</title>
<style>
text{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#c9d1d9}
.comment{fill:#8b949e}.command{fill:#fff;font-weight:600}
@media(prefers-reduced-motion:no-preference){
${rules.join("\n")}
}
</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${texts.join("\n")}
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

async function main(): Promise<void> {
  const lines = await play();
  await Deno.writeTextFile(OUTPUT, draw(lines));
  say(`${OUTPUT}: ${lines.length} lines`);
}

if (import.meta.main) main();
