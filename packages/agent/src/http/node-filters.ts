/** ?node-meta= and ?near= */
import type { Node } from "../state/records.js";
import type { AgentContext } from "./context.js";
import type { HttpRequest } from "./message.js";

export function metaFilters(request: HttpRequest): readonly (readonly [string, string])[] {
  if (request.query.isEmpty) return [];
  return request.query.all("node-meta").map((pair) => {
    const colon = pair.indexOf(":");
    return colon < 0 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
  });
}

/** A filter without a value asks only that the key is there. */
export function passesMeta(node: Node | undefined, filters: readonly (readonly [string, string])[]): boolean {
  return filters.every(([key, value]) => {
    const actual = node?.Meta?.[key];
    return actual !== undefined && (value === "" || actual === value);
  });
}

/** Nearest first by network coordinates; rows without one come last, in their order. */
export function sortNear<T>(context: AgentContext, request: HttpRequest, rows: readonly T[], nodeOf: (row: T) => string): readonly T[] {
  const near = request.query.isEmpty ? "" : request.query.get("near");
  if (near === "") return rows;
  return sortByDistanceFrom(context, near === "_agent" ? context.identity.nodeName : near, rows, nodeOf);
}

export function sortByDistanceFrom<T>(context: AgentContext, node: string, rows: readonly T[], nodeOf: (row: T) => string): readonly T[] {
  const from = coordinateOf(context, node);
  if (from === undefined) return rows;
  const distances = new Map(rows.map((row) => [row, distance(from, coordinateOf(context, nodeOf(row)))]));
  return [...rows].sort((a, b) => {
    const difference = distances.get(a)! - distances.get(b)!;
    return Number.isNaN(difference) ? 0 : difference;
  });
}

interface Coord {
  readonly Vec: readonly number[];
  readonly Height: number;
  readonly Adjustment: number;
}

function coordinateOf(context: AgentContext, node: string): Coord | undefined {
  return context.state.tables.coordinates.first(`${node.toLowerCase()}\0`)?.Coord as Coord | undefined;
}

/** Round-trip time as Vivaldi coordinates estimate it (Dabek and others, 2004). */
function distance(a: Coord, b: Coord | undefined): number {
  if (b === undefined || a.Vec.length !== b.Vec.length) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.Vec.length; i++) sum += (a.Vec[i]! - b.Vec[i]!) ** 2;
  const raw = Math.sqrt(sum) + a.Height + b.Height;
  const adjusted = raw + a.Adjustment + b.Adjustment;
  return adjusted > 0 ? adjusted : raw;
}
