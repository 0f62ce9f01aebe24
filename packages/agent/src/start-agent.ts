import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { aliasedChecks } from "./checks/aliased-checks.js";
import type { CheckEvents } from "./checks/check-runner.js";
import { ScheduledRunner } from "./checks/scheduled-runner.js";
import { type Clock, systemClock } from "./clock/clock.js";
import type { DnsConfig } from "./config/agent-config.js";
import type { DnsServer } from "./dns/socket.js";
import { EventRing } from "./events/event-ring.js";
import { CONSUL_VERSION } from "./http/agent-self.js";
import { AskedBefore } from "./http/asked-before.js";
import type { AgentContext, AgentControl, AgentIdentity, AgentLimits, CaRoot, ScriptChecks } from "./http/context.js";
import { tooLarge } from "./http/kv.js";
import type { HttpHandler } from "./http/message.js";
import { text } from "./http/reply.js";
import { createRouter } from "./http/router.js";
import { type EdgeOptions, type ListenAddress, listen } from "./http/socket.js";
import { Keyring } from "./keyring.js";
import { Ledger } from "./ledger.js";
import { LocalAgent } from "./local-agent.js";
import { Log, type LogLine } from "./log.js";
import { selfRegistration } from "./self-registration.js";
import { SessionTimers } from "./session-timers.js";
import { State } from "./state/state.js";
import type { Store } from "./store/store.js";
import { TombstoneReaper } from "./tombstone-reaper.js";

export interface AgentOptions {
  /** Where to listen for HTTP. @default "127.0.0.1" */
  readonly host?: string;
  /** The port for HTTP; 0 lets the system choose. @default 0 */
  readonly httpPort?: number;
  /** Where to listen besides: more addresses, HTTPS, unix sockets. @default nowhere */
  readonly listeners?: readonly ListenerOptions[];
  /** Answers DNS. @default no DNS */
  readonly dns?: DnsOptions;
  /** @default "dc1" */
  readonly datacenter?: string;
  /** @default the host's name */
  readonly nodeName?: string;
  /** A UUID. @default a random one */
  readonly nodeId?: string;
  /** What the agent says it is reached at. @default "127.0.0.1" */
  readonly advertiseAddress?: string;
  readonly nodeMeta?: Readonly<Record<string, string>>;
  /** Where to keep the state; every write is synced to disk before it is answered. @default nothing is kept */
  readonly dataDir?: string;
  /** Keeps every change in place of dataDir. */
  readonly store?: Store;
  /** Indents all JSON, as `consul agent -dev` does. @default false */
  readonly pretty?: boolean;
  /** Who may register checks that run programs: whoever may is given the agent's rights on this machine. @default "no" */
  readonly scriptChecks?: ScriptChecks;
  /** Answers /debug/pprof/. @default false */
  readonly debug?: boolean;
  /** A gossip key, kept for tools that manage keys. @default none */
  readonly encrypt?: string;
  /** `/` leads to the web page. @default true */
  readonly ui?: boolean;
  /** Shown as the ports of Consul's server and gossip; nobody listens there. @default 8300 */
  readonly serverPort?: number;
  /** @default 8301 */
  readonly serfPort?: number;
  /** @default 8302 */
  readonly serfWanPort?: number;
  /** Makes the root of the Connect CA, at the first request for it; false switches Connect off. @default one that is forgotten */
  readonly caRoot?: (() => Promise<CaRoot>) | false;
  readonly limits?: Partial<AgentLimits>;
  /** @default the system's */
  readonly clock?: Clock;
  /** Receives the agent's log lines. */
  readonly log?: (line: LogLine) => void;
  /** What leave and reload mean to the embedding program. @default nothing */
  readonly control?: AgentControl;
  /** Least DeregisterCriticalServiceAfter. @default 60000 */
  readonly deregisterAfterMsMin?: number;
  /** How often services that are critical for too long are looked for. @default 30000 */
  readonly reapIntervalMs?: number;
}

export interface ListenerOptions {
  readonly address: ListenAddress;
  /** Serves HTTPS; the options of node:tls. */
  readonly tls?: Readonly<Record<string, unknown>>;
}

export interface DnsOptions {
  readonly hosts: readonly string[];
  /** 0 lets the system choose. */
  readonly port: number;
  readonly config: DnsConfig;
  /** Without dots around: "consul". */
  readonly domain: string;
  readonly altDomain: string;
  readonly recursors: readonly string[];
}

export interface Agent {
  /** "127.0.0.1:PORT", as CONSUL_HTTP_ADDR takes it. */
  readonly address: string;
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  /** Of the first listener, and of DNS where it is on. */
  readonly ports: { readonly http: number; readonly dns?: number };
  /** A request to the API without a network between. */
  readonly handle: HttpHandler;
  /** Answers what waits, closes the connections and lets go of the store. Calling it again waits for the same. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const VALUE_BYTES_MAX = 512 * 1024;

/** A snapshot is read into memory before it is restored. */
const SNAPSHOT_BYTES_MAX = 1024 * 1024 * 1024;

/** Bodies of requests other than keys, transactions and snapshots. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

/** Starts an agent in this process; any number may run side by side. */
export async function startAgent(options: AgentOptions = {}): Promise<Agent> {
  const clock = options.clock ?? systemClock;
  const log = new Log(() => clock.now());
  if (options.log !== undefined) log.listen("trace", options.log);
  const state = new State();
  const failed = (error: unknown): void => log.write("error", error instanceof Error ? (error.stack ?? error.message) : String(error));
  const store = options.store ?? (options.dataDir === undefined ? undefined : await openStore(options.dataDir, clock, log));
  const ledger = new Ledger(state, store, clock, failed);
  await ledger.load();
  const context = createContext(options, state, ledger, clock, log, failed);
  for (const session of state.tables.sessions.values()) context.sessions.renew(session);
  await context.local.start();
  const reaper = new TombstoneReaper(context);
  reaper.start();
  const { kvValueBytesMax, txnBytesMax } = context.limits;
  const host = options.host ?? "127.0.0.1";
  const handle = createRouter(context);
  const edgeOptions: EdgeOptions = {
    handler: handle,
    bodyBytesMax: (_, path) =>
      path.startsWith("/v1/kv/")
        ? kvValueBytesMax
        : path === "/v1/txn"
          ? txnBytesMax
          : path === "/v1/snapshot"
            ? SNAPSHOT_BYTES_MAX
            : BODY_BYTES_MAX,
    refuseBody: (_method, _path, length, limit) => text(413, tooLarge(length, limit).message),
  };
  const opened: { close(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    context.local.stop();
    reaper.stop();
    context.sessions.stop();
    await context.checks.close();
    for (const finish of [...context.blocked]) finish();
    await Promise.all(opened.map((listener) => listener.close()));
    await ledger.close();
    await store?.close();
  };
  let stopped: Promise<void> | undefined;
  const stopOnce = (): Promise<void> => {
    stopped ??= stop();
    return stopped;
  };
  try {
    const edge = await listen(edgeOptions, { host, port: options.httpPort ?? 0 });
    opened.push(edge);
    for (const { address, tls } of options.listeners ?? []) opened.push(await listen({ ...edgeOptions, ...(tls ? { tls } : {}) }, address));
    const dns = options.dns === undefined ? undefined : await startDns(options.dns, context);
    if (dns !== undefined) opened.push(dns);
    const address = `${host.includes(":") ? `[${host}]` : host}:${edge.port}`;
    const ports = { http: edge.port, ...(dns === undefined ? {} : { dns: dns.port }) };
    return { address, url: `http://${address}`, ports, handle, stop: stopOnce, [Symbol.asyncDispose]: stopOnce };
  } catch (error) {
    await stopOnce();
    throw error;
  }
}

/** Loaded only where DNS is on. */
async function startDns(options: DnsOptions, { state, clock, identity, log, random }: AgentContext): Promise<DnsServer> {
  const [{ startDnsServer }, { tablesData }] = await Promise.all([import("./dns/socket.js"), import("./dns/tables-data.js")]);
  return startDnsServer({
    ...options,
    dns: options.config,
    data: tablesData(state.tables),
    datacenter: identity.datacenter,
    random,
    now: () => clock.now(),
    warn: (line) => log.write("warn", line),
  });
}

/** Loaded only when something is to be kept. */
async function openStore(directory: string, clock: Clock, log: Log): Promise<Store> {
  const [{ openDiskStore }, { disk }] = await Promise.all([import("./store/disk-store.js"), import("./store/disk.js")]);
  return openDiskStore({ directory, disk, clock, warn: (line) => log.write("warn", line) });
}

/** A root of this run only; the certificate code is loaded with the first question about it. */
function forgottenRoot(clock: Clock): () => Promise<CaRoot> {
  let root: Promise<CaRoot> | undefined;
  return () => {
    root ??= import("./ca/kept-root.js").then(({ keptRoot }) => keptRoot(undefined, undefined, () => clock.now())());
    return root;
  };
}

/** A node keeps its id over restarts. */
function knownNodeId(state: State, nodeName: string): string | undefined {
  const id = state.tables.nodes.get(nodeName.toLowerCase())?.ID;
  return id === "" ? undefined : id;
}

function createContext(
  options: AgentOptions,
  state: State,
  ledger: Ledger,
  clock: Clock,
  log: Log,
  failed: (error: unknown) => void,
): AgentContext {
  const nodeName = options.nodeName ?? hostname();
  const identity: AgentIdentity = {
    nodeName,
    nodeId: options.nodeId ?? knownNodeId(state, nodeName) ?? randomUUID(),
    datacenter: options.datacenter ?? "dc1",
    advertiseAddress: options.advertiseAddress ?? "127.0.0.1",
    nodeMeta: { "consul-network-segment": "", "consul-version": CONSUL_VERSION, ...options.nodeMeta },
    serverPort: options.serverPort ?? 8300,
    serfPort: options.serfPort ?? 8301,
    serfWanPort: options.serfWanPort ?? 8302,
  };
  const events: CheckEvents = {
    report: (id, outcome) => context.local.report(id, outcome),
    reap: (id, service) => context.local.reap(id, service),
    aliased: (node, service) => aliasedChecks(state.tables, node, service),
  };
  const expire = (id: string): void => {
    const result = ledger.propose({ type: "session-destroy", id });
    if (result instanceof Promise) result.catch(failed);
  };
  const context: AgentContext = {
    state,
    clock,
    log,
    identity,
    failed,
    limits: { kvValueBytesMax: VALUE_BYTES_MAX, txnBytesMax: VALUE_BYTES_MAX, ...options.limits },
    events: new EventRing(),
    checks: new ScheduledRunner({
      clock,
      events,
      ...(options.deregisterAfterMsMin === undefined ? {} : { deregisterAfterMsMin: options.deregisterAfterMsMin }),
      ...(options.reapIntervalMs === undefined ? {} : { reapIntervalMs: options.reapIntervalMs }),
    }),
    sessions: new SessionTimers(clock, expire),
    blocked: new Set(),
    self: selfRegistration(identity),
    pretty: options.pretty ?? false,
    startedAtMs: clock.now(),
    scriptChecks: options.scriptChecks ?? "no",
    debug: options.debug ?? false,
    askedBefore: new AskedBefore(),
    keyring: new Keyring(options.encrypt ?? ""),
    ui: options.ui ?? true,
    caRoot: options.caRoot === false ? undefined : (options.caRoot ?? forgottenRoot(clock)),
    control: options.control ?? { leave: async () => {}, reload: async () => {} },
    random: Math.random,
    uuid: randomUUID,
    propose: (command) => ledger.propose(command),
    async restore(slices) {
      await ledger.restore(slices);
      // Indexes may be lower now than those that are waited for: whoever waits has to begin anew.
      for (const finish of [...context.blocked]) finish();
      context.sessions.stop();
      for (const session of state.tables.sessions.values()) context.sessions.renew(session);
      await context.local.sync();
    },
    get local(): LocalAgent {
      return local;
    },
  };
  const local = new LocalAgent(context);
  return context;
}
