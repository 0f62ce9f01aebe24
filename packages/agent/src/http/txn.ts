/** /v1/txn */
import type { TxnOperation, TxnResult, TxnRow } from "../state/command.js";
import type { HealthCheck, KvEntry, Node, NodeService } from "../state/records.js";
import { applyTxn } from "../state/txn.js";
import { done, requestedDatacenter } from "./catalog.js";
import { HEALTH_CHECK, integer, NODE_SERVICE, text, toHealthCheck, toNodeService } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { type Decoded, decodeValue, parseJson, type Schema } from "./decode.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, json } from "./reply.js";
import { checkRow, nodeServiceRow, nodeView } from "./views.js";

const OPERATIONS_MAX = 128;

const NODE: Schema = {
  fields: {
    ID: "string",
    Node: "string",
    Address: "string",
    Datacenter: "string",
    TaggedAddresses: "string-map",
    Meta: "string-map",
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
    Partition: "string",
    PeerName: "string",
    Locality: { fields: { Region: "string", Zone: "string" } },
  },
};

const OPERATION: Schema = {
  fields: {
    KV: {
      fields: {
        Verb: "string",
        Key: "string",
        Value: "string",
        Flags: "uint64",
        Index: "uint64",
        Session: "string",
        Namespace: "string",
        Partition: "string",
      },
    },
    Node: { fields: { Verb: "string", Node: NODE } },
    Service: {
      fields: {
        Verb: "string",
        Node: "string",
        Service: {
          fields: { ...NODE_SERVICE.fields, ContentHash: "string", Datacenter: "string", Namespace: "string", Partition: "string" },
        },
      },
    },
    Check: { fields: { Verb: "string", Check: { fields: { ...HEALTH_CHECK.fields, Namespace: "string", Partition: "string" } } } },
  },
};

export function txnEndpoint(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const operations = parseOperations(context, request.body);
  const errors = problemsOf(operations);
  const isRead = !operations.some(isWrite);
  if (errors.length > 0) return replyTxn(context, request, { results: [], errors }, isRead ? "unread" : "write");
  if (isRead) return replyTxn(context, request, applyTxn(context.state.tables, 0, operations, context.clock.now()), "read");
  return done(context.propose({ type: "txn", operations }), (result) => replyTxn(context, request, result as TxnResult, "write"));
}

const KV_WRITES: ReadonlySet<string> = new Set(["set", "delete", "delete-cas", "delete-tree", "cas", "lock", "unlock"]);

function isWrite({ kind, verb }: TxnOperation): boolean {
  return kind === "kv" ? KV_WRITES.has(verb) : verb !== "get";
}

function parseOperations(context: AgentContext, body: Buffer): TxnOperation[] {
  const list = wrapParse(() => parseJson(body));
  if (!Array.isArray(list)) {
    if (list === null) return [];
    throw badRequest(`Failed to parse body: json: cannot unmarshal ${typeof list} into Go value of type api.TxnOps`);
  }
  if (list.length > OPERATIONS_MAX) {
    throw new HttpError(413, `Transaction contains too many operations (${list.length} > ${OPERATIONS_MAX})`);
  }
  const operations: TxnOperation[] = [];
  for (const item of list) {
    const decoded = wrapParse(() => decodeValue(item, OPERATION));
    const operation = toOperation(context, decoded);
    if (operation !== undefined) operations.push(operation);
  }
  return operations;
}

/** The same errors as elsewhere, under this endpoint's own heading. */
function wrapParse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw badRequest(error.message.replace("Request decode failed", "Failed to parse body"));
  }
}

function toOperation(context: AgentContext, decoded: Decoded): TxnOperation | undefined {
  if (decoded.KV !== undefined) return toKv(context, decoded.KV as Decoded);
  if (decoded.Node !== undefined) {
    const { Verb, Node: node = {} } = decoded.Node as Decoded;
    return { kind: "node", verb: text(Verb), node: toNode(context, node as Decoded) };
  }
  if (decoded.Service !== undefined) {
    const { Verb, Node: node, Service = {} } = decoded.Service as Decoded;
    return { kind: "service", verb: text(Verb), node: text(node), service: toService(Service as Decoded) };
  }
  if (decoded.Check !== undefined) {
    const { Verb, Check = {} } = decoded.Check as Decoded;
    return { kind: "check", verb: text(Verb), check: toHealthCheck(Check as Decoded, "") };
  }
  return undefined;
}

function toKv(context: AgentContext, decoded: Decoded): TxnOperation {
  const key = text(decoded.Key);
  const value = text(decoded.Value);
  if (!isBase64(value)) throw badRequest("Failed to parse body: illegal base64 data at input byte 0");
  const bytes = Buffer.byteLength(value, "base64");
  const limit = context.limits.kvValueBytesMax;
  if (bytes > limit) throw new HttpError(413, `Value for key ${JSON.stringify(key)} is too large (${bytes} > ${limit} bytes)`);
  return {
    kind: "kv",
    verb: text(decoded.Verb),
    key,
    value,
    flags: (decoded.Flags as number | bigint | undefined) ?? 0,
    index: integer(decoded.Index),
    session: text(decoded.Session),
  };
}

function isBase64(value: string): boolean {
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

function toNode(context: AgentContext, decoded: Decoded): Node {
  return {
    ID: text(decoded.ID),
    Node: text(decoded.Node),
    Address: text(decoded.Address),
    Datacenter: text(decoded.Datacenter) || context.identity.datacenter,
    TaggedAddresses: (decoded.TaggedAddresses as Record<string, string> | undefined) ?? null,
    Meta: (decoded.Meta as Record<string, string> | undefined) ?? null,
    CreateIndex: 0,
    ModifyIndex: integer(decoded.ModifyIndex),
  };
}

/** Without weights both are 1. */
function toService(decoded: Decoded): NodeService {
  const weights = (decoded.Weights as Decoded | undefined) ?? {};
  const { Passing, Warning } = { Passing: integer(weights.Passing), Warning: integer(weights.Warning) };
  const given = toNodeService(decoded);
  const service = { ...given, ID: given.ID === "" ? given.Service : given.ID };
  return { ...service, Weights: Passing === 0 && Warning === 0 ? { Passing: 1, Warning: 1 } : { Passing, Warning } };
}

const VERBS: Readonly<Record<string, ReadonlySet<string>>> = {
  kv: new Set([
    "set",
    "cas",
    "lock",
    "unlock",
    "get",
    "get-or-empty",
    "get-tree",
    "check-session",
    "check-index",
    "check-not-exists",
    "delete",
    "delete-cas",
    "delete-tree",
  ]),
  node: new Set(["get", "set", "cas", "delete", "delete-cas"]),
  service: new Set(["get", "set", "cas", "delete", "delete-cas"]),
  check: new Set(["get", "set", "cas", "delete", "delete-cas"]),
};

const LABELS: Readonly<Record<string, string>> = { kv: "KV", node: "Node", service: "Service", check: "Check" };

/** What Consul finds wrong before it tries anything. */
function problemsOf(operations: readonly TxnOperation[]): TxnResult["errors"] {
  return operations.flatMap((operation, OpIndex) => {
    const known = VERBS[operation.kind]?.has(operation.verb) === true;
    const What = known ? misfit(operation) : `unknown ${LABELS[operation.kind]} operation: ${operation.verb}`;
    return What === undefined ? [] : [{ OpIndex, What }];
  });
}

function misfit(operation: TxnOperation): string | undefined {
  if (operation.kind === "node") return operation.verb !== "get" && operation.node.Node === "" ? "Must provide node" : undefined;
  if (operation.kind !== "service" || operation.verb === "get") return undefined;
  if (operation.service.ID === "" || operation.service.Service !== "") return undefined;
  return "Must provide service name (Service.Service) when service ID is provided";
}

function replyTxn(context: AgentContext, request: HttpRequest, result: TxnResult, kind: "read" | "unread" | "write"): HttpResponse {
  const failed = result.errors.length > 0;
  const body = {
    Results: failed ? null : result.results.map(rowView),
    Errors: failed ? result.errors : null,
    ...(kind === "write" ? {} : kind === "read" ? READ_META : { ...READ_META, Index: 0, KnownLeader: false }),
  };
  const headers = kind === "write" ? [] : ["X-Consul-Knownleader", String(kind === "read"), "X-Consul-Lastcontact", "0"];
  return json(request, context, body, headers, failed ? 409 : 200);
}

/** A read-only transaction answers with the metadata of its query beside the results. */
const READ_META = {
  Index: 1,
  LastContact: 0,
  KnownLeader: true,
  ConsistencyLevel: "",
  NotModified: false,
  Backend: 0,
  ResultsFilteredByACLs: false,
} as const;

function rowView(row: TxnRow): unknown {
  if (row.KV !== undefined) return { KV: kvView(row.KV as KvEntry) };
  if (row.Node !== undefined) return { Node: nodeView(row.Node as Node) };
  if (row.Service !== undefined) return { Service: nodeServiceRow(row.Service as NodeService) };
  return { Check: checkRow(row.Check as HealthCheck) };
}

function kvView(entry: KvEntry): unknown {
  return {
    LockIndex: entry.LockIndex,
    Key: entry.Key,
    Flags: entry.Flags,
    Value: entry.Value === "" ? null : entry.Value,
    ...(entry.Session === "" ? {} : { Session: entry.Session }),
    CreateIndex: entry.CreateIndex,
    ModifyIndex: entry.ModifyIndex,
  };
}
