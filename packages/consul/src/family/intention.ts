import type { RequestOptions } from "../http/requester.js";
import { json, type Read, type ReadOptions } from "../read.js";
import type { IntentionPermission } from "./config-shapes.js";
import { Family, list } from "./family.js";

export interface Intention {
  readonly ID?: string;
  readonly Description?: string;
  readonly SourceNS?: string;
  readonly SourceName?: string;
  readonly SourcePartition?: string;
  readonly SourcePeer?: string;
  readonly SourceSamenessGroup?: string;
  readonly SourceType?: "consul";
  readonly DestinationNS?: string;
  readonly DestinationName?: string;
  readonly DestinationPartition?: string;
  readonly Action?: "allow" | "deny" | "";
  readonly Permissions?: readonly IntentionPermission[];
  readonly Precedence?: number;
  readonly Meta?: Readonly<Record<string, string>> | null;
  readonly Hash?: string;
  readonly CreatedAt?: string;
  readonly UpdatedAt?: string;
  readonly CreateIndex?: number;
  readonly ModifyIndex?: number;
}

/** Who may call whom; names may be "*", and "namespace/name". */
export class Intentions extends Family {
  readonly list: Read<[], ReadOptions, Intention[]> = this.read(0, () => ({ path: "connect/intentions", decode: list<Intention> }));

  /** Undefined: there is none for exactly these two. */
  readonly get: Read<[source: string, destination: string], ReadOptions, Intention | undefined> = this.read(2, (source, destination) => ({
    path: "connect/intentions/exact",
    parameters: () => ({ source, destination }),
    accept: [404],
    decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as Intention)),
  }));

  /** Every intention that speaks of a service, in the order in which they decide. */
  readonly match: Read<[by: "source" | "destination", name: string], ReadOptions, Record<string, Intention[]>> = this.read(
    2,
    (by, name) => ({
      path: "connect/intentions/match",
      parameters: () => ({ by, name }),
    }),
  );

  /** What Consul would decide about a connection. */
  readonly check: Read<[source: string, destination: string], ReadOptions, boolean> = this.read(2, (source, destination) => ({
    path: "connect/intentions/check",
    blocks: "none",
    parameters: () => ({ source, destination }),
    decode: (answer) => (json(answer) as { Allowed: boolean }).Allowed,
  }));

  upsert(
    source: string,
    destination: string,
    intention: Pick<Intention, "Action" | "Permissions" | "Description" | "Meta" | "SourceType">,
    options?: RequestOptions,
  ): Promise<boolean> {
    return this.write("connect/intentions/exact", intention, options, { source, destination });
  }

  remove(source: string, destination: string, options?: RequestOptions): Promise<void> {
    return this.erase("connect/intentions/exact", options, { source, destination });
  }

  /** By id: the older form, which Consul still answers. */
  readonly getById: Read<[id: string], ReadOptions, Intention | undefined> = this.read(1, (id) => ({
    path: `connect/intentions/${encodeURIComponent(id)}`,
    accept: [404],
    decode: (answer) => (answer.status === 404 ? undefined : (json(answer) as Intention)),
  }));
}
