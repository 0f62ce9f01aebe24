/** Transactions: the operations in order; if any of them fails, none has happened. */
import { deleteCheck, ensureCheck } from "./checks.js";
import { StateError, type TxnOperation, type TxnResult, type TxnRow } from "./command.js";
import { casKey, deleteKey, deleteKeyCas, deleteTree, isDelayed, lockKey, setKey, unlockKey } from "./kv.js";
import { deleteNode, ensureNode } from "./nodes.js";
import type { KvEntry } from "./records.js";
import { deleteService, ensureService } from "./services.js";
import { destroySession } from "./sessions.js";
import { instanceKey, type Tables } from "./tables.js";

type Operation<K extends TxnOperation["kind"]> = Extract<TxnOperation, { kind: K }>;

/** The caller takes everything back when the answer has errors. */
export function applyTxn(tables: Tables, index: number, operations: readonly TxnOperation[], nowMs: number): TxnResult {
  const results: TxnRow[] = [];
  const errors: { OpIndex: number; What: string }[] = [];
  for (const [OpIndex, operation] of operations.entries()) {
    try {
      results.push(...applyOperation(tables, index, operation, nowMs));
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      errors.push({ OpIndex, What: error.message });
    }
  }
  return errors.length > 0 ? { results: [], errors } : { results, errors };
}

function applyOperation(tables: Tables, index: number, operation: TxnOperation, nowMs: number): TxnRow[] {
  switch (operation.kind) {
    case "kv":
      return applyKvVerb(tables, index, operation, nowMs);
    case "node":
      return applyNodeVerb(tables, index, operation, nowMs);
    case "service":
      return applyServiceVerb(tables, index, operation, nowMs);
    case "check":
      return applyCheckVerb(tables, index, operation, nowMs);
    case "session":
      destroySession(tables, index, operation.session, nowMs);
      return [];
  }
}

function applyKvVerb(tables: Tables, index: number, operation: Operation<"kv">, nowMs: number): TxnRow[] {
  const { key } = operation;
  const existing = tables.kv.get(key);
  const entry = { Key: key, Value: operation.value, Flags: operation.flags, Session: operation.session, LockIndex: 0 };
  switch (operation.verb) {
    case "set":
      return [withoutValue(setKey(tables, index, entry, false))];
    case "cas":
      return [withoutValue(orFail(casKey(tables, index, entry, operation.index), `failed to set key ${quote(key)}, index is stale`))];
    case "lock": {
      const held = isDelayed(tables, key, nowMs) ? undefined : lockKey(tables, index, entry);
      return [withoutValue(orFail(held, `failed to lock key ${quote(key)}, lock is already held`))];
    }
    case "unlock": {
      const problem = `failed to unlock key ${quote(key)}, lock isn't held, or is held by another session`;
      return [withoutValue(orFail(unlockKey(tables, index, entry), problem))];
    }
    case "get":
      return [{ KV: orFail(existing, `key ${quote(key)} doesn't exist`) }];
    case "get-or-empty":
      return [{ KV: existing ?? { ...entry, Value: "", CreateIndex: 0, ModifyIndex: 0 } }];
    case "get-tree":
      return tables.kv.values(key).map((KV) => ({ KV }));
    case "check-session":
      return [withoutValue(checkSession(existing, key, operation.session))];
    case "check-index":
      return [withoutValue(checkIndex(existing, key, operation.index))];
    case "check-not-exists":
      if (existing !== undefined) throw new StateError(`key ${quote(key)} exists`);
      return [];
    case "delete":
      deleteKey(tables, index, key);
      return [];
    case "delete-cas":
      if (!deleteKeyCas(tables, index, key, operation.index)) throw new StateError(`failed to delete key ${quote(key)}, index is stale`);
      return [];
    case "delete-tree":
      deleteTree(tables, index, key);
      return [];
    default:
      throw new StateError(`unknown KV verb ${quote(operation.verb)}`);
  }
}

function checkSession(entry: KvEntry | undefined, key: string, session: string): KvEntry {
  const found = orFail(entry, `failed to check session, key ${quote(key)} doesn't exist`);
  if (found.Session === session) return found;
  throw new StateError(`failed session check for key ${quote(key)}, current session ${quote(found.Session)} != ${quote(session)}`);
}

function checkIndex(entry: KvEntry | undefined, key: string, index: number): KvEntry {
  const found = orFail(entry, `failed to check index, key ${quote(key)} doesn't exist`);
  if (found.ModifyIndex === index) return found;
  throw new StateError(`failed index check for key ${quote(key)}, current modify index ${found.ModifyIndex} != ${index}`);
}

function applyNodeVerb(tables: Tables, index: number, operation: Operation<"node">, nowMs: number): TxnRow[] {
  const { node } = operation;
  const find = () => (node.ID !== "" ? tables.nodesById.of(node.ID.toLowerCase())[0] : tables.nodes.get(node.Node.toLowerCase()));
  const row = () => [{ Node: find() }];
  const existing = tables.nodes.get(node.Node.toLowerCase());
  switch (operation.verb) {
    case "get":
      return [{ Node: orFail(find(), `node ${quote(node.Node)} doesn't exist`) }];
    case "set":
      ensureNode(tables, index, node, nowMs);
      return row();
    case "cas":
      requireIndex(existing?.ModifyIndex, node.ModifyIndex, `failed to set node ${quote(node.Node)}, index is stale`);
      ensureNode(tables, index, node, nowMs);
      return row();
    case "delete":
      deleteNode(tables, index, node.Node, nowMs);
      return [];
    case "delete-cas":
      if (existing?.ModifyIndex !== node.ModifyIndex) throw new StateError(`failed to delete node ${quote(node.Node)}, index is stale`);
      deleteNode(tables, index, node.Node, nowMs);
      return [];
    default:
      throw new StateError(`unknown Node verb ${quote(operation.verb)}`);
  }
}

function applyServiceVerb(tables: Tables, index: number, operation: Operation<"service">, nowMs: number): TxnRow[] {
  const { node, service } = operation;
  const where = `service ${quote(service.ID)} on node ${quote(node)}`;
  const find = () => tables.services.get(instanceKey(node, service.ID))?.service;
  const existing = find();
  switch (operation.verb) {
    case "get":
      return [{ Service: orFail(existing, `${where} doesn't exist`) }];
    case "set":
      ensureService(tables, index, node, service);
      return [{ Service: find() }];
    case "cas":
      requireIndex(existing?.ModifyIndex, service.ModifyIndex, `failed to set ${where}, index is stale`);
      ensureService(tables, index, node, service);
      return [{ Service: find() }];
    case "delete":
      deleteService(tables, index, node, service.ID, nowMs);
      return [];
    case "delete-cas":
      if (existing?.ModifyIndex !== service.ModifyIndex) throw new StateError(`failed to delete ${where}, index is stale`);
      deleteService(tables, index, node, service.ID, nowMs);
      return [];
    default:
      throw new StateError(`unknown Service verb ${quote(operation.verb)}`);
  }
}

function applyCheckVerb(tables: Tables, index: number, operation: Operation<"check">, nowMs: number): TxnRow[] {
  const { check } = operation;
  const where = `check ${quote(check.CheckID)} on node ${quote(check.Node)}`;
  const find = () => tables.checks.get(instanceKey(check.Node, check.CheckID));
  const existing = find();
  switch (operation.verb) {
    case "get":
      return [{ Check: orFail(existing, `${where} doesn't exist`) }];
    case "set":
      ensureCheck(tables, index, check, nowMs);
      return [{ Check: find() }];
    case "cas":
      requireIndex(existing?.ModifyIndex, check.ModifyIndex, `failed to set ${where}, index is stale`);
      ensureCheck(tables, index, check, nowMs);
      return [{ Check: find() }];
    case "delete":
      deleteCheck(tables, index, check.Node, check.CheckID, nowMs);
      return [];
    case "delete-cas":
      if (existing?.ModifyIndex !== check.ModifyIndex) throw new StateError(`failed to delete ${where}, index is stale`);
      deleteCheck(tables, index, check.Node, check.CheckID, nowMs);
      return [];
    default:
      throw new StateError(`unknown Check verb ${quote(operation.verb)}`);
  }
}

/** Expected 0 means: only if it does not exist. */
function requireIndex(actual: number | undefined, expected: number, problem: string): void {
  if ((actual ?? 0) !== expected) throw new StateError(problem);
}

function orFail<T>(found: T | undefined, problem: string): T {
  if (found === undefined) throw new StateError(problem);
  return found;
}

function withoutValue(entry: KvEntry): TxnRow {
  return { KV: { ...entry, Value: "" } };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
