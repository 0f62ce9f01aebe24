/** What must be the same in both twins' answers, once what each must choose for itself (ids, indexes) is named alike. */
import { NODE } from "./pair.js";
import type { Reply, Side } from "./side.js";

const HEADERS = [
  "content-type",
  "allow",
  "vary",
  "x-consul-knownleader",
  "x-consul-lastcontact",
  "x-consul-effective-consistency",
  "x-consul-default-acl-policy",
  "x-consul-query-backend",
  "x-consul-translate-addresses",
  "location",
];

const INDEXES = new Set(["CreateIndex", "ModifyIndex", "LockIndex"]);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A reply as text that two twins can have in common. */
export function shown(side: Side, reply: Reply): string {
  const headers = HEADERS.filter((name) => reply.headers[name] !== undefined).map((name) => `${name}: ${reply.headers[name]}`);
  const index = reply.headers["x-consul-index"];
  return [`${reply.status}`, ...headers, ...(index === undefined ? [] : ["x-consul-index: *"]), "", body(side, reply)].join("\n");
}

function body(side: Side, reply: Reply): string {
  const text = named(side, reply.body);
  if (!(reply.headers["content-type"] ?? "").startsWith("application/json")) return withoutIndexWords(text);
  try {
    const parsed = JSON.parse(reply.body) as unknown;
    return named(side, JSON.stringify(ranked(parsed, Number(reply.headers["x-consul-index"])), null, 1));
  } catch {
    return text;
  }
}

/** Error texts of transactions tell an index. */
function withoutIndexWords(text: string): string {
  return text.replace(/(index is stale: \d+|current modify index \d+|index \d+)/g, "index *");
}

/** Ids become the order in which they were first seen. */
function named(side: Side, text: string): string {
  const known = [...side.ids].map(([name, id]) => [id, `$${name}`] as const);
  return text.replace(UUID, (id) => known.find(([value]) => value === id)?.[1] ?? (id.startsWith("11111111-") ? id : "uuid"));
}

/**
 * Indexes become their rank among those of the same answer; whether the last is that of the header is kept, because clients wait
 * on it. LockIndex counts from the key's birth and is compared as it is.
 */
function ranked(value: unknown, header: number): unknown {
  const seen = new Set<number>();
  walk(value, (key, index) => {
    if (key !== "LockIndex") seen.add(index);
  });
  const order = [...seen].sort((a, b) => a - b);
  const rewrite = (item: unknown): unknown => {
    if (Array.isArray(item)) return inOrder(item).map(rewrite);
    if (typeof item !== "object" || item === null) return item;
    const isOwn = isOfTheTwin(item as Readonly<Record<string, unknown>>);
    const entries = Object.entries(item).map(([key, inner]) => {
      if (isOwn && INDEXES.has(key)) return [key, "own"];
      if (key === "ContentHash") return [key, "hash"];
      if (key === "What" && typeof inner === "string") return [key, withoutIndexWords(inner)];
      if (typeof inner !== "number" || !INDEXES.has(key) || key === "LockIndex") return [key, rewrite(inner)];
      return [key, inner === header ? "header" : `#${order.indexOf(inner)}`];
    });
    return Object.fromEntries(entries) as unknown;
  };
  return rewrite(value);
}

/**
 * Sessions are listed in the order of their ids, which each twin draws for itself; the agent's health of a service's instances, and
 * their checks, in an order that Go draws anew each time.
 */
function inOrder(rows: readonly unknown[]): readonly unknown[] {
  const all = (field: string): boolean => rows.every((row) => typeof row === "object" && row !== null && field in row);
  if (rows.length < 2) return rows;
  if (all("LockDelay")) return sortedBy(rows, ({ CreateIndex }) => String(CreateIndex).padStart(16, "0"));
  if (all("AggregatedStatus")) return sortedBy(rows, ({ Service }) => JSON.stringify(Service));
  return all("CheckID") && all("Definition") ? sortedBy(rows, ({ Node, CheckID }) => `${Node} ${CheckID}`) : rows;
}

function sortedBy(rows: readonly unknown[], key: (row: Readonly<Record<string, unknown>>) => string): readonly unknown[] {
  const keyed = rows.map((row) => ({ row, key: key(row as Readonly<Record<string, unknown>>) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** The twins' own node, service and check changed in the course of two different starts: their indexes say nothing. */
function isOfTheTwin(row: Readonly<Record<string, unknown>>): boolean {
  if (row.CheckID === "serfHealth" || row.ServiceName === "consul" || (row.ID === "consul" && row.Service === "consul")) return true;
  return row.Node === NODE && "TaggedAddresses" in row && !("ServiceID" in row);
}

function walk(value: unknown, visit: (key: string, index: number) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (typeof value === "object" && value !== null) {
    const isOwn = isOfTheTwin(value as Readonly<Record<string, unknown>>);
    for (const [key, inner] of Object.entries(value)) {
      if (!INDEXES.has(key) || typeof inner !== "number") walk(inner, visit);
      else if (!isOwn) visit(key, inner);
    }
  }
}
