/** Charts as SVG: lines over two logarithmic axes, and bars. */

/** A name and its points. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Lines over the same axes. */
export interface LineChart {
  readonly title: string;
  /**
   * The words below a mark of the horizontal axis.
   *
   * @default the number
   */
  readonly xTick?: ((value: number) => string) | undefined;
  readonly lines: readonly Line[];
}

/** Bars below each other. */
export interface BarChart {
  readonly title: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** A chart. */
export type Chart = LineChart | BarChart;

const WIDTH = 420;
const HEIGHT = 316;
const MARGIN = { left: 48, right: 16, top: 36, bottom: 76 } as const;
/** The palette of Okabe and Ito, whose colours colour-blind people can tell apart. */
const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00"] as const;

/** Draws charts side by side. */
export function drawCharts(charts: readonly Chart[]): string {
  // The same name has the same colour in all charts.
  const lines = charts.flatMap((chart) => "lines" in chart ? chart.lines : []);
  const names = [...new Set(lines.map(({ name }) => name))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * charts.length} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...charts.map((chart, index) =>
      `<g transform="translate(${index * WIDTH} 0)">\n${
        "lines" in chart ? drawLines(chart, names) : drawBars(chart)
      }\n</g>`
    ),
    "</svg>",
    "",
  ].join("\n");
}

function drawBars({ title, bars }: BarChart): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const left = MARGIN.left + 40;
  const width = WIDTH - MARGIN.right - 40 - left;
  return [
    drawTitle(title),
    ...bars.flatMap(({ name, value }, index) => {
      const top = MARGIN.top + 16 + index * 34;
      const length = Math.round(value / most * width);
      return [
        `<text x="${left - 8}" y="${top + 15}" text-anchor="end">${escape(name)}</text>`,
        `<rect x="${left}" y="${top}" width="${length}" height="22" fill="${COLOURS[1]}"/>`,
        `<text x="${left + length + 6}" y="${top + 15}">${value}</text>`,
      ];
    }),
  ].join("\n");
}

function drawTitle(title: string): string {
  return `<text x="${MARGIN.left}" y="20" font-size="13">${escape(title)}</text>`;
}

function drawLines({ title, lines, xTick = String }: LineChart, names: readonly string[]): string {
  const points = lines.flatMap((line) => line.points);
  const x = scale(points.map(([value]) => value), MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(points.map(([, value]) => value), HEIGHT - MARGIN.bottom, MARGIN.top);
  const parts = [drawTitle(title)];
  for (const tick of x.ticks) {
    parts.push(
      line([[x.at(tick), MARGIN.top], [x.at(tick), HEIGHT - MARGIN.bottom]], "#ddd"),
      `<text x="${x.at(tick)}" y="${HEIGHT - MARGIN.bottom + 14}" text-anchor="middle">${
        escape(xTick(tick))
      }</text>`,
    );
  }
  for (const tick of y.ticks) {
    parts.push(
      line([[MARGIN.left, y.at(tick)], [WIDTH - MARGIN.right, y.at(tick)]], "#ddd"),
      `<text x="${MARGIN.left - 6}" y="${y.at(tick) + 4}" text-anchor="end">${tick}</text>`,
    );
  }
  for (const [index, { name, points }] of lines.entries()) {
    const colour = COLOURS[names.indexOf(name) % COLOURS.length] ?? "black";
    const placed = points.map(([a, b]) => [x.at(a), y.at(b)] as const);
    parts.push(line(placed, colour, 2));
    parts.push(...placed.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="3" fill="${colour}"/>`));
    const left = MARGIN.left + (index % 2) * 180;
    const top = HEIGHT - MARGIN.bottom + 34 + Math.floor(index / 2) * 16;
    parts.push(
      line([[left, top - 4], [left + 18, top - 4]], colour, 2),
      `<text x="${left + 24}" y="${top}">${escape(name)}</text>`,
    );
  }
  return parts.join("\n");
}

function line(points: readonly (readonly [number, number])[], colour: string, width = 1): string {
  const list = points.map(([a, b]) => `${a},${b}`).join(" ");
  return `<polyline points="${list}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
}

/** A logarithmic scale, with its round numbers. It spans at least a decade, and begins and ends at round numbers. */
function scale(
  values: readonly number[],
  from: number,
  to: number,
): { at(value: number): number; readonly ticks: readonly number[] } {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const round: number[] = [];
  for (let power = Math.floor(Math.log10(least)) - 1; power <= Math.log10(most) + 1; power++) {
    // Parsed, since a product would show rounding errors.
    for (const digit of [1, 2, 5]) round.push(Number(`${digit}e${power}`));
  }
  const last = round.find((value) => value >= most) ?? most;
  const first = round.findLast((value) => value <= Math.min(least, last / 10)) ?? least;
  const span = Math.log10(last / first);
  return {
    at: (value): number =>
      Math.round((from + Math.log10(value / first) / span * (to - from)) * 10) / 10,
    ticks: round.filter((value) =>
      value >= first && value <= last && (span < 2 || /^[0.]*1/.test(String(value)))
    ),
  };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
