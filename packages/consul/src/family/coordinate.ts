import type { RequestOptions } from "../http/requester.js";
import type { Read, ReadOptions } from "../read.js";
import { Family, list } from "./family.js";

/** A place in the network, as Serf's Vivaldi model estimates it. */
export interface Coordinate {
  readonly Vec: readonly number[];
  readonly Error: number;
  readonly Adjustment: number;
  readonly Height: number;
}

export interface CoordinateEntry {
  readonly Node: string;
  readonly Segment: string;
  readonly Partition?: string;
  readonly Coord: Coordinate;
}

export interface CoordinateDatacenterMap {
  readonly Datacenter: string;
  readonly AreaID: string;
  readonly Coordinates: readonly CoordinateEntry[];
}

/** Network coordinates: what `near` sorts by. */
export class Coordinates extends Family {
  readonly datacenters: Read<[], ReadOptions, CoordinateDatacenterMap[]> = this.read(0, () => ({
    path: "coordinate/datacenters",
    blocks: "none",
    decode: list<CoordinateDatacenterMap>,
  }));

  readonly nodes: Read<[], ReadOptions & { readonly segment?: string }, CoordinateEntry[]> = this.read(0, () => ({
    path: "coordinate/nodes",
    parameters: ({ segment }) => ({ segment }),
    decode: list<CoordinateEntry>,
  }));

  /** One entry a segment. */
  readonly node: Read<[name: string], ReadOptions & { readonly segment?: string }, CoordinateEntry[]> = this.read(1, (name) => ({
    path: `coordinate/node/${encodeURIComponent(name)}`,
    parameters: ({ segment }) => ({ segment }),
    accept: [404],
    decode: (answer) => (answer.status === 404 ? [] : list<CoordinateEntry>(answer)),
  }));

  update(entry: CoordinateEntry, options?: RequestOptions): Promise<void> {
    return this.write("coordinate/update", entry, options);
  }
}

/** Estimated round-trip seconds between two coordinates of one datacenter (Consul's "Network Coordinates"). */
export function roundTripSeconds(one: Coordinate, other: Coordinate): number {
  let squares = 0;
  for (let axis = 0; axis < one.Vec.length; axis++) squares += ((one.Vec[axis] ?? 0) - (other.Vec[axis] ?? 0)) ** 2;
  const raw = Math.sqrt(squares) + one.Height + other.Height;
  const adjusted = raw + one.Adjustment + other.Adjustment;
  return adjusted > 0 ? adjusted : raw;
}
