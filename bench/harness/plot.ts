/** One line of a plot: a name, and a figure by concurrency. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [concurrency: number, figure: number])[];
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 80;
const RIGHT = 120;
const TOP = 40;
const BOTTOM = 50;
const COLOURS = ["#0b6e4f", "#c1440e", "#2a4d9b", "#8a5a00"];

/** Throughput over concurrency as SVG, both axes logarithmic: what doubles is the same step everywhere. */
export function plot(title: string, unit: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const x = scale(
    all.map(([concurrency]) => concurrency),
    LEFT,
    WIDTH - RIGHT,
    2,
  );
  const y = scale(
    all.map(([, figure]) => figure),
    HEIGHT - BOTTOM,
    TOP,
    10,
  );
  const grid = y.ticks.map(
    (tick) => `<path d="M${LEFT} ${y.at(tick)}H${WIDTH - RIGHT}" stroke="#ddd"/>${label(LEFT - 8, y.at(tick) + 4, "end", short(tick))}`,
  );
  const concurrencies = [...new Set(all.map(([concurrency]) => concurrency))];
  const below = concurrencies.map((concurrency) => label(x.at(concurrency), HEIGHT - BOTTOM + 20, "middle", String(concurrency)));
  const lines = series.map(({ name, points }, index) => line(name, points, COLOURS[index % COLOURS.length] ?? "#000", x.at, y.at));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    label(LEFT, 22, "start", `${title} (${unit})`),
    ...grid,
    ...below,
    label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", "calls in flight on one connection"),
    ...lines,
    "</svg>\n",
  ].join("\n");
}

function line(name: string, points: Series["points"], colour: string, x: (value: number) => number, y: (value: number) => number): string {
  const sorted = [...points].sort(([left], [right]) => left - right);
  const path = sorted.map(([concurrency, figure], index) => `${index === 0 ? "M" : "L"}${x(concurrency)} ${y(figure)}`).join("");
  const dots = sorted.map(([concurrency, figure]) => `<circle cx="${x(concurrency)}" cy="${y(figure)}" r="3" fill="${colour}"/>`).join("");
  const [, lastFigure = 1] = sorted.at(-1) ?? [];
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}<text x="${WIDTH - RIGHT + 10}" y="${y(lastFigure) + 4}" fill="${colour}">${name}</text>`;
}

function scale(values: readonly number[], from: number, to: number, base: number) {
  const log = (value: number): number => Math.log(value) / Math.log(base);
  const low = Math.floor(log(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(log(Math.max(...values))));
  const at = (value: number): number => Math.round((from + ((log(value) - low) / (high - low)) * (to - from)) * 10) / 10;
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, index) => base ** (low + index)) };
}

function label(x: number, y: number, anchor: string, text: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;
}

function short(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000}M` : value >= 1_000 ? `${value / 1_000}k` : String(value);
}
