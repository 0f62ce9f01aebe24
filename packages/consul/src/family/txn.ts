import { ConsulError } from "../consul-error.js";
import type { RequestOptions } from "../http/requester.js";
import type { HttpAnswer } from "../http/transport.js";
import { Family } from "./family.js";
import { bytes, type KVPair, type KVValue, pair, parseWithFlags } from "./kv.js";
import type { AgentService, CatalogNode, HealthCheck } from "./shapes.js";

/** Operations of one transaction, by Consul's limits. */
export const TXN_OPERATIONS_MAX = 128;

export type KVVerb =
  | "set"
  | "cas"
  | "lock"
  | "unlock"
  | "get"
  | "get-or-empty"
  | "get-tree"
  | "check-index"
  | "check-session"
  | "check-not-exists"
  | "delete"
  | "delete-tree"
  | "delete-cas";

export interface KVTxnOp {
  readonly Verb: KVVerb;
  readonly Key: string;
  readonly Value?: KVValue;
  readonly Flags?: number;
  readonly Index?: number;
  readonly Session?: string;
  readonly Namespace?: string;
  readonly Partition?: string;
}

export type CatalogVerb = "get" | "set" | "cas" | "delete" | "delete-cas";

export interface NodeTxnOp {
  readonly Verb: CatalogVerb;
  readonly Node: Partial<CatalogNode>;
}

export interface ServiceTxnOp {
  readonly Verb: CatalogVerb;
  readonly Node: string;
  readonly Service: Partial<AgentService>;
}

export interface CheckTxnOp {
  readonly Verb: CatalogVerb;
  readonly Check: Partial<HealthCheck>;
}

/** Exactly one of them. */
export interface TxnOp {
  readonly KV?: KVTxnOp;
  readonly Node?: NodeTxnOp;
  readonly Service?: ServiceTxnOp;
  readonly Check?: CheckTxnOp;
}

export interface TxnResult {
  readonly KV?: KVPair;
  readonly Node?: CatalogNode;
  readonly Service?: AgentService;
  readonly Check?: HealthCheck;
}

export interface TxnError {
  /** The place of the operation in the list. */
  readonly OpIndex: number;
  readonly What: string;
}

/** Done as a whole, or not at all. */
export interface TxnOutcome {
  readonly committed: boolean;
  readonly Results: readonly TxnResult[];
  /** Why it was rolled back. */
  readonly Errors: readonly TxnError[];
}

/** Transactions over keys, nodes, services and checks. */
export class Txn extends Family {
  /** A conflict is an outcome, not an error. Only transactions that write nothing are repeated by themselves. */
  async run(
    operations: readonly TxnOp[],
    options: RequestOptions & { readonly stale?: boolean; readonly consistent?: boolean } = {},
  ): Promise<TxnOutcome> {
    if (operations.length > TXN_OPERATIONS_MAX) {
      throw new RangeError(`a transaction may hold ${TXN_OPERATIONS_MAX} operations, got ${operations.length}`);
    }
    const { stale, consistent } = options;
    const answer = await this.send({
      method: "PUT",
      path: "txn",
      parameters: { stale, consistent },
      body: JSON.stringify(operations.map(wireOperation)),
      idempotent: operations.every(reads),
      accept: [409],
      options,
    });
    return outcome(answer);
  }
}

function reads({ KV, Node, Service, Check }: TxnOp): boolean {
  const verb = (KV ?? Node ?? Service ?? Check)?.Verb ?? "";
  return verb.startsWith("get") || verb.startsWith("check-");
}

function wireOperation(operation: TxnOp): unknown {
  const { KV } = operation;
  if (KV?.Value === undefined) return operation;
  return { ...operation, KV: { ...KV, Value: Buffer.from(bytes(KV.Value)).toString("base64") } };
}

interface WireOutcome {
  readonly Results: readonly (Omit<TxnResult, "KV"> & { readonly KV?: Parameters<typeof pair>[0] })[] | null;
  readonly Errors: readonly TxnError[] | null;
}

function outcome(answer: HttpAnswer): TxnOutcome {
  let parsed: WireOutcome;
  try {
    parsed = parseWithFlags(answer.body.toString("utf8")) as WireOutcome;
  } catch (cause) {
    const text = `a transaction's answer that is no JSON: ${answer.body.toString("utf8", 0, 200)}`;
    throw new ConsulError(answer.status, text, { method: "PUT", path: "/v1/txn", address: undefined }, { cause });
  }
  const Results = (parsed.Results ?? []).map((result): TxnResult => {
    const { KV, ...rest } = result;
    return KV === undefined ? rest : { ...rest, KV: pair(KV) };
  });
  return { committed: answer.status === 200, Results, Errors: parsed.Errors ?? [] };
}
