import { Journal, RowIndex, Table } from "./journal.js";
import type {
  ConfigEntry,
  Coordinate,
  HealthCheck,
  KvEntry,
  LocalCheck,
  LocalService,
  Node,
  NodeService,
  PreparedQuery,
  ServiceRow,
  Session,
  Setting,
} from "./records.js";

/**
 * All rows, their secondary indexes, and the table of raft-like indexes (`nodes`, `service.web`, `kvs`, ...) whose entries
 * Consul answers as X-Consul-Index. Names of index entries are also the topics that watchers wait for.
 *
 * Keys are lower case except in the KV, as in Consul; parts of a compound key are separated by a zero byte.
 */
export class Tables {
  readonly journal: Journal = new Journal();

  readonly keysOfSession: RowIndex<KvEntry> = new RowIndex();
  readonly kv: Table<KvEntry> = new Table(this.journal, (before, after) => {
    if (before !== undefined && before.Session !== "") this.keysOfSession.remove(before.Session, before.Key);
    if (after !== undefined && after.Session !== "") this.keysOfSession.add(after.Session, after.Key, after);
    this.journal.touchKey((after ?? before)!.Key);
  });
  readonly tombstones: Table<{ readonly index: number }> = new Table(this.journal);
  /** When a lock delay on a key ends, by the time in the commands. */
  readonly lockDelays: Table<{ readonly untilMs: number }> = new Table(this.journal);

  readonly nodes: Table<Node> = new Table(this.journal, (before, after) => {
    if (before !== undefined && before.ID !== "") this.nodesById.remove(before.ID.toLowerCase(), before.Node.toLowerCase());
    if (after !== undefined && after.ID !== "") this.nodesById.add(after.ID.toLowerCase(), after.Node.toLowerCase(), after);
    this.journal.touch(`node-row.${(after ?? before)!.Node.toLowerCase()}`);
  });
  readonly nodesById: RowIndex<Node> = new RowIndex();

  readonly servicesByName: RowIndex<ServiceRow> = new RowIndex();
  readonly servicesByConnect: RowIndex<ServiceRow> = new RowIndex();
  readonly services: Table<ServiceRow> = new Table(this.journal, (before, after) => {
    if (before !== undefined) this.#unindexService(before);
    if (after !== undefined) this.#indexService(after);
    this.journal.touch(`service-rows.${(after ?? before)!.Node.toLowerCase()}`);
  });

  readonly checksByService: RowIndex<HealthCheck> = new RowIndex();
  readonly checksByStatus: RowIndex<HealthCheck> = new RowIndex();
  readonly checksByInstance: RowIndex<HealthCheck> = new RowIndex();
  readonly checks: Table<HealthCheck> = new Table(this.journal, (before, after) => {
    if (before !== undefined) this.#unindexCheck(before);
    if (after !== undefined) this.#indexCheck(after);
    this.journal.touch(`check-rows.node.${(after ?? before)!.Node.toLowerCase()}`);
  });

  readonly sessionsByNode: RowIndex<Session> = new RowIndex();
  readonly sessionsByCheck: RowIndex<Session> = new RowIndex();
  readonly sessions: Table<Session> = new Table(this.journal, (before, after) => {
    if (before !== undefined) this.#unindexSession(before);
    if (after !== undefined) this.#indexSession(after);
  });

  readonly coordinates: Table<Coordinate> = new Table(this.journal);
  readonly configEntries: Table<ConfigEntry> = new Table(this.journal, (before, after) => {
    const row = (after ?? before)!;
    this.journal.touch(`config-rows.${row.Kind}`);
    this.journal.touch(`config-row.${row.Kind}/${row.Name.toLowerCase()}`);
  });
  readonly queries: Table<PreparedQuery> = new Table(this.journal, (before, after) => {
    this.journal.touch(`query-row.${(after ?? before)!.ID}`);
  });

  readonly localServices: Table<LocalService> = new Table(this.journal, (before, after) => {
    this.journal.touch(`local-service.${(after ?? before)!.service.ID}`);
  });
  readonly localChecks: Table<LocalCheck> = new Table(this.journal);

  /** What an operator has set: `autopilot`, `connect-ca`, and the virtual addresses of services as `vips/NAME`. */
  readonly settings: Table<Setting> = new Table(this.journal);

  readonly #indexes = new Map<string, number>();

  /** The largest of the named index entries; 0 when none exists. */
  maxIndex(...names: readonly string[]): number {
    let largest = 0;
    for (const name of names) largest = Math.max(largest, this.#indexes.get(name) ?? 0);
    return largest;
  }

  hasIndex(name: string): boolean {
    return this.#indexes.has(name);
  }

  /** Raises an index entry and wakes those who wait for it. */
  setIndex(name: string, value: number): void {
    const before = this.#indexes.get(name);
    this.#indexes.set(name, value);
    this.journal.record(() => this.#restoreIndex(name, before));
    this.journal.touch(name);
  }

  deleteIndex(name: string): void {
    const before = this.#indexes.get(name);
    if (before === undefined) return;
    this.#indexes.delete(name);
    this.journal.record(() => this.#restoreIndex(name, before));
    this.journal.touch(name);
  }

  /** For snapshots. */
  indexEntries(): [name: string, value: number][] {
    return [...this.#indexes];
  }

  #restoreIndex(name: string, before: number | undefined): void {
    if (before === undefined) this.#indexes.delete(name);
    else this.#indexes.set(name, before);
  }

  #indexService(row: ServiceRow): void {
    const key = instanceKey(row.Node, row.service.ID);
    const name = row.service.Service.toLowerCase();
    this.servicesByName.add(name, key, row);
    const connect = connectName(row.service);
    if (connect !== undefined) this.servicesByConnect.add(connect, key, row);
    if (connect !== undefined) this.journal.touch(`connect-rows.${connect}`);
  }

  #unindexService(row: ServiceRow): void {
    const key = instanceKey(row.Node, row.service.ID);
    this.servicesByName.remove(row.service.Service.toLowerCase(), key);
    const connect = connectName(row.service);
    if (connect === undefined) return;
    this.servicesByConnect.remove(connect, key);
    this.journal.touch(`connect-rows.${connect}`);
  }

  #indexCheck(check: HealthCheck): void {
    const key = instanceKey(check.Node, check.CheckID);
    this.checksByStatus.add(check.Status.toLowerCase(), key, check);
    this.journal.touch(`check-rows.status.${check.Status.toLowerCase()}`);
    this.checksByInstance.add(instanceKey(check.Node, check.ServiceID), check.CheckID.toLowerCase(), check);
    if (check.ServiceName === "") return;
    this.checksByService.add(check.ServiceName.toLowerCase(), key, check);
    this.journal.touch(`check-rows.service.${check.ServiceName.toLowerCase()}`);
  }

  #unindexCheck(check: HealthCheck): void {
    const key = instanceKey(check.Node, check.CheckID);
    this.checksByStatus.remove(check.Status.toLowerCase(), key);
    this.journal.touch(`check-rows.status.${check.Status.toLowerCase()}`);
    this.checksByInstance.remove(instanceKey(check.Node, check.ServiceID), check.CheckID.toLowerCase());
    if (check.ServiceName === "") return;
    this.checksByService.remove(check.ServiceName.toLowerCase(), key);
    this.journal.touch(`check-rows.service.${check.ServiceName.toLowerCase()}`);
  }

  #indexSession(session: Session): void {
    this.sessionsByNode.add(session.Node.toLowerCase(), session.ID, session);
    for (const check of checksOf(session)) this.sessionsByCheck.add(instanceKey(session.Node, check), session.ID, session);
    this.journal.touch(`session.${session.ID}`);
    this.journal.touch(`session-rows.node.${session.Node.toLowerCase()}`);
  }

  #unindexSession(session: Session): void {
    this.sessionsByNode.remove(session.Node.toLowerCase(), session.ID);
    for (const check of checksOf(session)) this.sessionsByCheck.remove(instanceKey(session.Node, check), session.ID);
    this.journal.touch(`session.${session.ID}`);
    this.journal.touch(`session-rows.node.${session.Node.toLowerCase()}`);
  }
}

/** The key of a service or check of a node. */
export function instanceKey(node: string, id: string): string {
  return `${node.toLowerCase()}\0${id.toLowerCase()}`;
}

/** All checks whose health a session depends on. */
export function checksOf(session: Session): string[] {
  return [...(session.NodeChecks ?? []), ...(session.ServiceChecks ?? []).map((check) => check.ID)];
}

/** The name that a proxy or a native service serves in the mesh, in lower case; undefined when it serves none. */
export function connectName(service: NodeService): string | undefined {
  if (service.Kind === "connect-proxy") return String(service.Proxy.DestinationServiceName ?? "").toLowerCase();
  return service.Connect.Native === true ? service.Service.toLowerCase() : undefined;
}
