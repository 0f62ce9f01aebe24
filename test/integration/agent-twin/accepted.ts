/** Differences that stay. Each has a paragraph of the same name in docs/reference/consul-differences.md. */
import type { Step } from "./steps.js";

interface Accepted {
  /** The heading in the document. */
  readonly name: string;
  matches(step: Step, ours: string, real: string): boolean;
}

export const ACCEPTED: readonly Accepted[] = [
  {
    name: "Watching the list of nodes",
    matches: ({ path, during }, ours, real) =>
      during !== undefined && path.startsWith("/v1/catalog/nodes") && ours.includes("\nthen told\n") && real.includes("\nthen not told\n"),
  },
];

/** The name of the accepted difference; undefined when it is a new one. */
export function accepted(step: Step, ours: string, real: string): string | undefined {
  return ACCEPTED.find((entry) => entry.matches(step, ours, real))?.name;
}
