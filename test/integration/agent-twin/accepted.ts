/** Differences that stay. Each has a paragraph of the same name in docs/reference/consul-differences.md. */
import type { Step } from "./steps.js";

interface Accepted {
  /** The heading in the document. */
  readonly name: string;
  matches(step: Step, ours: string, real: string): boolean;
}

/** Writes through its agent do not name it. */
const OWN_NODE = "twin";

export const ACCEPTED: readonly Accepted[] = [
  {
    name: "Watching the list of nodes",
    matches: ({ path, during }, ours, real) =>
      during !== undefined && path.startsWith("/v1/catalog/nodes") && ours.includes("\nthen told\n") && real.includes("\nthen not told\n"),
  },
  {
    name: "Watching what is not there",
    matches: ({ during }, ours, real) =>
      during !== undefined &&
      ours.replace("\nthen not told\n", "\nthen told\n") === real &&
      FOUND_NOTHING.test(real.split("\nthen told\n")[1] ?? ""),
  },
  {
    name: "Watching one node",
    matches: ({ path, during }, ours, real) => {
      const node = /^\/v1\/(?:health|catalog)\/node(?:-services)?\/(\w+)/.exec(path)?.[1];
      if (node === undefined || node === OWN_NODE || during === undefined || (during.body ?? "").includes(`"Node":"${node}"`)) return false;
      return sameButIndexes(ours.replace("\nthen not told\n", "\nthen told\n"), real);
    },
  },
];

/** The twins name an index by where it was seen first, which differs when only one of them was woken. */
function sameButIndexes(ours: string, real: string): boolean {
  const indexes = /"(?:header|#\d+)"/g;
  return ours.replace(indexes, '"index"') === real.replace(indexes, '"index"');
}

/** An answer of nothing but a head that says 404, or with an empty list or map. */
const FOUND_NOTHING = /^(?:404\n[^[{]*|200\n[^[{]*(?:\[\]|\{\})\s*)$/;

/** The name of the accepted difference; undefined when it is a new one. */
export function accepted(step: Step, ours: string, real: string): string | undefined {
  return ACCEPTED.find((entry) => entry.matches(step, ours, real))?.name;
}
