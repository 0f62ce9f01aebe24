import type { RequestOptions } from "../http/requester.js";
import type { Read, ReadOptions } from "../read.js";
import { Family, list } from "./family.js";
import type { ServiceEntry } from "./shapes.js";

export interface QueryFailoverTarget {
  readonly Datacenter?: string;
  readonly Peer?: string;
  readonly Partition?: string;
  readonly Namespace?: string;
}

export interface QueryService {
  readonly Service: string;
  readonly SamenessGroup?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
  readonly Near?: string;
  readonly Failover?: {
    /** Tried by round-trip time, nearest first. */
    readonly NearestN?: number;
    readonly Datacenters?: readonly string[];
    readonly Targets?: readonly QueryFailoverTarget[];
  };
  readonly IgnoreCheckIDs?: readonly string[] | null;
  readonly OnlyPassing?: boolean;
  /** "!tag" excludes. */
  readonly Tags?: readonly string[] | null;
  readonly NodeMeta?: Readonly<Record<string, string>>;
  readonly ServiceMeta?: Readonly<Record<string, string>>;
  readonly Connect?: boolean;
  readonly Peer?: string;
}

export interface PreparedQueryDefinition {
  readonly ID?: string;
  readonly Name?: string;
  readonly Session?: string;
  readonly Token?: string;
  readonly Service: QueryService;
  readonly DNS?: { readonly TTL?: string };
  readonly Template?: { readonly Type: "name_prefix_match"; readonly Regexp?: string; readonly RemoveEmptyTags?: boolean };
}

export interface PreparedQuery extends PreparedQueryDefinition {
  readonly ID: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface QueryExecution {
  readonly Service: string;
  readonly Namespace?: string;
  readonly Nodes: readonly ServiceEntry[];
  readonly DNS: { readonly TTL: string };
  readonly Datacenter: string;
  /** How many datacenters were tried in vain. */
  readonly Failovers: number;
}

export interface ExecuteOptions extends ReadOptions {
  readonly near?: string;
  readonly limit?: number;
  readonly connect?: boolean;
}

/** Prepared queries: service look-ups kept in Consul, with fail-over between datacenters. */
export class Query extends Family {
  readonly list: Read<[], ReadOptions, PreparedQuery[]> = this.read(0, () => ({
    path: "query",
    blocks: "none",
    decode: list<PreparedQuery>,
  }));

  /** Undefined: no such query. */
  readonly get: Read<[id: string], ReadOptions, PreparedQuery | undefined> = this.read(1, (id) => ({
    path: `query/${encodeURIComponent(id)}`,
    blocks: "none",
    accept: [404],
    decode: (answer) => (answer.status === 404 ? undefined : list<PreparedQuery>(answer)[0]),
  }));

  /** By id or name. Does not block: a watch asks from time to time. */
  readonly execute: Read<[idOrName: string], ExecuteOptions, QueryExecution> = this.read(1, (idOrName) => ({
    path: `query/${encodeURIComponent(idOrName)}/execute`,
    blocks: "none",
    parameters: ({ near, limit, connect }) => ({ near, limit, connect }),
  }));

  /** What a template makes of a name. */
  readonly explain: Read<[name: string], ReadOptions, { readonly Query: PreparedQuery }> = this.read(1, (name) => ({
    path: `query/${encodeURIComponent(name)}/explain`,
    blocks: "none",
  }));

  /** The new query's id. */
  async create(definition: PreparedQueryDefinition, options?: RequestOptions): Promise<string> {
    return (await this.submit<{ ID: string }>("query", definition, options)).ID;
  }

  update(id: string, definition: PreparedQueryDefinition, options?: RequestOptions): Promise<void> {
    return this.write(`query/${encodeURIComponent(id)}`, definition, options);
  }

  remove(id: string, options?: RequestOptions): Promise<void> {
    return this.erase(`query/${encodeURIComponent(id)}`, options);
  }
}
