import type {
  ConfigEntry,
  Coordinate,
  HealthCheck,
  LocalCheck,
  LocalService,
  Node,
  NodeService,
  PreparedQuery,
  Session,
} from "./records.js";

/**
 * What can change the state. A command is complete: the time, ids and random numbers it needs are inside, so that applying a
 * log of commands always gives the same state. Commands are plain JSON apart from `Flags`, which may be a bigint.
 */
export type Command = { readonly nowMs: number } & (
  | KvCommand
  | { readonly type: "txn"; readonly operations: readonly TxnOperation[] }
  | { readonly type: "register"; readonly request: RegisterRequest }
  | { readonly type: "deregister"; readonly node: string; readonly serviceId: string; readonly checkId: string }
  | { readonly type: "session-create"; readonly session: Session }
  | { readonly type: "session-destroy"; readonly id: string }
  | { readonly type: "reap-tombstones"; readonly upTo: number }
  | { readonly type: "coordinates"; readonly updates: readonly Coordinate[] }
  | { readonly type: "config-set"; readonly entry: ConfigEntry; readonly cas: number | undefined }
  | { readonly type: "config-delete"; readonly kind: string; readonly name: string; readonly cas: number | undefined }
  | { readonly type: "query-set"; readonly query: PreparedQuery; readonly create: boolean }
  | { readonly type: "query-delete"; readonly id: string }
  | {
      readonly type: "local-service-set";
      readonly node: string;
      readonly service: LocalService;
      readonly checks: readonly LocalCheck[];
      readonly replaceChecks: boolean;
    }
  | { readonly type: "local-service-delete"; readonly node: string; readonly id: string }
  | { readonly type: "local-check-set"; readonly node: string; readonly check: LocalCheck }
  | { readonly type: "local-check-delete"; readonly node: string; readonly id: string }
  | { readonly type: "local-check-status"; readonly node: string; readonly id: string; readonly status: string; readonly output: string }
  | { readonly type: "local-sync"; readonly node: string; readonly self: RegisterRequest }
  | {
      readonly type: "setting-set";
      readonly name: string;
      readonly value: Readonly<Record<string, unknown>>;
      /** The index with which it must be shown now; undefined sets it whatever it is. */
      readonly cas: number | undefined;
    }
);

export interface KvCommand {
  readonly type: "kv";
  readonly op: "set" | "cas" | "lock" | "unlock" | "delete" | "delete-cas" | "delete-tree";
  readonly key: string;
  /** Base64. */
  readonly value: string;
  readonly flags: number | bigint;
  readonly session: string;
  /** The index to compare with, for cas and delete-cas. */
  readonly index: number;
}

export interface RegisterRequest {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Datacenter: string;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly NodeMeta: Readonly<Record<string, string>> | null;
  readonly Locality?: Node["Locality"];
  readonly Service: NodeService | undefined;
  readonly Checks: readonly HealthCheck[];
  readonly SkipNodeUpdate: boolean;
}

export type TxnOperation =
  | {
      readonly kind: "kv";
      readonly verb: string;
      readonly key: string;
      readonly value: string;
      readonly flags: number | bigint;
      readonly index: number;
      readonly session: string;
    }
  | { readonly kind: "node"; readonly verb: string; readonly node: Node }
  | { readonly kind: "service"; readonly verb: string; readonly node: string; readonly service: NodeService }
  | { readonly kind: "check"; readonly verb: string; readonly check: HealthCheck }
  | { readonly kind: "session"; readonly verb: string; readonly session: string };

/** What applying a command says to whoever proposed it. */
export type CommandResult = boolean | string | undefined | TxnResult;

export interface TxnResult {
  readonly results: readonly TxnRow[];
  readonly errors: readonly { readonly OpIndex: number; readonly What: string }[];
}

/** One row of a transaction's answer: { KV } or { Node } or { Service } or { Check }. */
export type TxnRow = Readonly<Record<string, unknown>>;

/** The state refuses a command; the message is Consul's and reaches the client. Nothing was changed. */
export class StateError extends Error {
  override readonly name = "StateError";
}
