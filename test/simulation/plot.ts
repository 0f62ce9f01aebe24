/** One bar a policy in each group, or one line a policy over time: enough for the report, without a library. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

const WIDTH = 860;
const HEIGHT = 320;
const LEFT = 70;
const BOTTOM = 60;
const TOP = 40;
const COLOURS = ["#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#475569", "#0891b2", "#be185d"];

/** Bars on a logarithmic scale: tails differ by orders of magnitude. */
export function barChart(title: string, unit: string, groups: readonly string[], series: readonly Series[]): string {
  const all = series.flatMap(({ values }) => values).filter((value) => value > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all)));
  const y = (value: number): number => scale(Math.log10(Math.max(value, low)), Math.log10(low), Math.log10(high));
  const slot = (WIDTH - LEFT - 10) / groups.length;
  const width = (slot * 0.84) / series.length;
  const bars = series.flatMap(({ values }, at) =>
    values.map((value, group) => {
      const top = y(value);
      return `<rect x="${f(LEFT + group * slot + slot * 0.08 + at * width)}" y="${f(top)}" width="${f(width * 0.9)}" height="${f(HEIGHT - BOTTOM - top)}" fill="${colour(at)}"/>`;
    }),
  );
  const labels = groups.map((group, at) => text(LEFT + (at + 0.5) * slot, HEIGHT - BOTTOM + 16, group, "middle"));
  const ticks: string[] = [];
  for (let tick = low; tick <= high; tick *= 10) ticks.push(gridLine(y(tick), String(Number(tick.toPrecision(3)))));
  return document([...ticks, ...bars, ...labels], `${title} (${unit}, logarithmic)`, series);
}

/** Lines over seconds, from zero. */
export function lineChart(title: string, unit: string, series: readonly Series[]): string {
  const high = Math.max(...series.flatMap(({ values }) => values)) * 1.05;
  const length = Math.max(...series.map(({ values }) => values.length));
  const x = (at: number): number => LEFT + (at / Math.max(1, length - 1)) * (WIDTH - LEFT - 20);
  const lines = series.map(({ values }, at) => {
    const points = values.map((value, second) => `${f(x(second))},${f(scale(value, 0, high))}`).join(" ");
    return `<polyline points="${points}" fill="none" stroke="${colour(at)}" stroke-width="2"/>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => gridLine(scale(share * high, 0, high), String(Math.round(share * high))));
  const seconds = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text(x(share * (length - 1)), HEIGHT - BOTTOM + 16, `${Math.round(share * length)} s`, "middle"),
  );
  return document([...ticks, ...lines, ...seconds], `${title} (${unit})`, series);
}

function scale(value: number, low: number, high: number): number {
  const share = high === low ? 0 : (value - low) / (high - low);
  return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
}

function gridLine(y: number, label: string): string {
  return `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${f(y)}" y2="${f(y)}" stroke="#cbd5e1"/>${text(LEFT - 6, y + 4, label, "end")}`;
}

function document(parts: readonly string[], title: string, series: readonly Series[]): string {
  const step = (WIDTH - LEFT) / series.length;
  const legend = series.map(({ name }, at) => {
    const x = LEFT + at * step;
    return `<rect x="${f(x)}" y="${HEIGHT - 22}" width="10" height="10" fill="${colour(at)}"/>${text(x + 14, HEIGHT - 13, name, "start")}`;
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`;
  const background = `<title>${escaped(title)}</title><rect width="${WIDTH}" height="${HEIGHT}" fill="white"/><text x="${LEFT}" y="22" font-size="14">${escaped(title)}</text>`;
  return `${[head, background, ...parts, ...legend, "</svg>"].join("\n")}\n`;
}

function text(x: number, y: number, content: string, anchor: string): string {
  return `<text x="${f(x)}" y="${f(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function colour(at: number): string {
  return COLOURS[at % COLOURS.length] as string;
}

function f(value: number): string {
  return value.toFixed(1);
}
