/**
 * `consul agent` and `consulrpc agent`: flags and files in, an agent that runs until it is told to stop.
 *
 *     parse ──▶ load files ──▶ start ──ready──▶ running ──SIGINT, SIGTERM, leave──▶ stopping ──▶ exit code
 *       │           │            │                 ╰──SIGHUP, reload──▶ load files, apply
 *       ╰───────────┴────────────┴──▶ a sentence on standard error, exit code 1
 */
import { join } from "node:path";
import { systemClock } from "../clock/clock.js";
import type { CaRoot } from "../http/context.js";
import { formatLine, LOG_LEVELS, type LogLine } from "../log.js";
import { type Agent, type AgentOptions, type DnsOptions, type ListenerOptions, startAgent } from "../start-agent.js";
import type { Store } from "../store/store.js";
import type { AgentConfig } from "./agent-config.js";
import { applyDefinitions } from "./apply-definitions.js";
import { appendLine, readCredential, readIfThere, removeFile, setMode, writePidFile, writeSmall } from "./disk.js";
import { type AgentFlags, describeFlags, FlagError, parseAgentFlags } from "./flags.js";
import { type Environment, loadConfig } from "./load-config.js";
import { onSignals, processId, type StopSignal, thisMachine } from "./process.js";
import { ConfigError } from "./raw-config.js";

export interface AgentCommandIo {
  /** Lines for people. @default standard output */
  readonly out?: (line: string) => void;
  /** @default standard error */
  readonly err?: (line: string) => void;
  /** @default process.env */
  readonly environment?: Environment;
  /** Stops the agent, as SIGTERM does; for programs that embed the command. */
  readonly signal?: AbortSignal;
}

/** The state lives beside what a Consul would keep in the same directory, so that neither reads the other's files. */
const STATE_DIRECTORY = "consulrpc";

/** Runs the agent until it is stopped. Resolves to the exit code. */
export async function runAgentCommand(argv: readonly string[], io: AgentCommandIo = {}): Promise<number> {
  const out = io.out ?? ((line) => console.log(line));
  const err = io.err ?? ((line) => console.error(line));
  const environment = io.environment ?? process.env;
  try {
    const flags = parseAgentFlags(argv);
    if (flags.help) {
      out(
        `Usage: consulrpc agent [options]\n\n  Starts a single, Consul-compatible agent.\n  Example: consulrpc agent -dev\n\n${describeFlags()}`,
      );
      return 0;
    }
    return await run(flags, environment, out, io.signal);
  } catch (error) {
    if (!(error instanceof FlagError || error instanceof ConfigError || isSystemError(error))) throw error;
    err(error instanceof FlagError ? error.message : `==> ${error.message}`);
    return 1;
  }
}

/** A refused port, an unreadable directory: the message says it, a stack trace would not. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && ("code" in error || error.name === "StoreError");
}

type Print = (line: string) => void;

async function run(flags: AgentFlags, environment: Environment, out: Print, signal: AbortSignal | undefined): Promise<number> {
  const machine = thisMachine();
  let config = loadConfig(flags, environment, machine);
  const least = () => LOG_LEVELS.indexOf(config.logLevel);
  const log = (line: LogLine): void => {
    if (LOG_LEVELS.indexOf(line.level) < least()) return;
    const text = formatLine(line, config.logAsJson);
    out(text);
    // A log file that cannot be written must not stop the agent; standard output still has the line.
    if (config.logFile) appendLine(config.logFile, text).catch(() => {});
  };
  const say = (level: LogLine["level"], message: string): void => log({ timeMs: systemClock.now(), level, message });

  const nodeId = await resolveNodeId(config);
  if (!config.logAsJson) for (const line of banner(config, nodeId)) out(line);
  for (const warning of config.warnings) say("warn", warning);
  const store = await openStore(config, (line) => say("warn", line));
  let stopRequested: (signal: StopSignal | "leave") => void = () => {};
  const stopped = new Promise<StopSignal | "leave">((resolve) => {
    stopRequested = resolve;
  });
  const reload = async (): Promise<void> => {
    const next = loadConfig(flags, environment, machine);
    for (const warning of next.warnings) say("warn", warning);
    await applyDefinitions(agent.handle, config, next, say);
    config = next;
    say("info", "configuration was read again");
  };
  // Signals are taken from here on: one that arrives while the agent starts stops it as soon as it has.
  const release = onSignals(stopRequested, () => {
    say("info", "Caught: signal=hangup");
    reload().catch((error: unknown) => say("error", `Reload config failed: ${(error as Error).message}`));
  });
  signal?.addEventListener("abort", () => stopRequested("SIGTERM"), { once: true });
  let agent: Agent;
  try {
    const control = { leave: async () => stopRequested("leave"), reload };
    agent = await startAgent({
      ...agentOptions(config, nodeId),
      listeners: await listenersOf(config),
      ...(store === undefined ? {} : { store }),
      log,
      control,
    });
  } catch (error) {
    release();
    await store?.close();
    throw error;
  }
  try {
    await applyDefinitions(agent.handle, await earlier(config), config, say);
    await setSocketModes(config);
    if (config.pidFile) await writePidFile(config.pidFile, processId);
    say("info", `Consul agent running! HTTP on ${agent.address}`);
    const why = await stopped;
    say("info", why === "leave" ? "leaving" : `Caught: signal=${why === "SIGINT" ? "interrupt" : "terminated"}`);
    await remember(config);
  } finally {
    release();
    await agent.stop();
    if (config.pidFile) await removeFile(config.pidFile);
  }
  say("info", "shutdown complete");
  return 0;
}

async function openStore(config: AgentConfig, warn: (line: string) => void): Promise<Store | undefined> {
  if (config.dataDirectory === undefined) return undefined;
  const [{ openDiskStore }, { disk }] = await Promise.all([import("../store/disk-store.js"), import("../store/disk.js")]);
  return openDiskStore({ directory: join(config.dataDirectory, STATE_DIRECTORY), disk, clock: systemClock, warn });
}

/** As Consul: configured, or kept in the data directory's node-id, or new. */
async function resolveNodeId(config: AgentConfig): Promise<string> {
  const path = config.dataDirectory === undefined ? undefined : join(config.dataDirectory, "node-id");
  if (config.nodeId !== undefined) {
    if (path !== undefined) await writeSmall(path, config.nodeId);
    return config.nodeId;
  }
  const kept = path === undefined ? undefined : (await readIfThere(path))?.trim().toLowerCase();
  if (kept !== undefined && kept !== "") return kept;
  const id = crypto.randomUUID();
  if (path !== undefined) await writeSmall(path, id);
  return id;
}

/** What the files defined when the agent ran last: gone from the files is gone from the agent. */
async function earlier(config: AgentConfig): Promise<Pick<AgentConfig, "services" | "checks">> {
  const none = { services: [], checks: [] };
  if (config.dataDirectory === undefined) return none;
  const text = await readIfThere(definedPath(config.dataDirectory));
  return text === undefined ? none : (JSON.parse(text) as typeof none);
}

async function remember({ dataDirectory, services, checks }: AgentConfig): Promise<void> {
  if (dataDirectory !== undefined) await writeSmall(definedPath(dataDirectory), JSON.stringify({ services, checks }));
}

const definedPath = (dataDirectory: string): string => join(dataDirectory, STATE_DIRECTORY, "defined.json");

/** Everything but the first HTTP address. Sockets that an earlier run left behind are taken away. */
async function listenersOf({ addresses, ports, https }: AgentConfig): Promise<readonly ListenerOptions[]> {
  const first = addresses.http.find((address) => "host" in address);
  const plain = addresses.http.filter((address) => address !== first);
  for (const address of [...addresses.http, ...addresses.https]) if ("path" in address) await removeFile(address.path);
  const listeners: ListenerOptions[] = plain.map((address) => ({
    address: "path" in address ? address : { ...address, port: ports.http },
  }));
  if (ports.https < 0 || https.certFile === "") return listeners;
  const [cert, key, ca] = await Promise.all(
    [https.certFile, https.keyFile, https.caFile].map((path) => (path ? readCredential(path) : undefined)),
  );
  const tls = { cert, key, ca, requestCert: https.verifyIncoming, rejectUnauthorized: https.verifyIncoming };
  for (const address of addresses.https) {
    listeners.push({ tls, address: "path" in address ? address : { ...address, port: ports.https } });
  }
  return listeners;
}

async function setSocketModes({ addresses, unixSocketMode }: AgentConfig): Promise<void> {
  if (unixSocketMode === undefined) return;
  for (const address of [...addresses.http, ...addresses.https]) if ("path" in address) await setMode(address.path, unixSocketMode);
}

function dnsOptions({ addresses, ports, dns, domain, altDomain, recursors }: AgentConfig): DnsOptions {
  const bare = (name: string): string => name.toLowerCase().replace(/^\.|\.$/g, "");
  return { hosts: addresses.dns, port: ports.dns, config: dns, domain: bare(domain), altDomain: bare(altDomain), recursors };
}

function agentOptions(config: AgentConfig, nodeId: string): AgentOptions {
  const first = config.addresses.http.find((address) => "host" in address);
  const { kvValueBytesMax, txnBytesMax } = config.limits;
  return {
    host: first !== undefined && "host" in first ? first.host : "127.0.0.1",
    httpPort: Math.max(0, config.ports.http),
    datacenter: config.datacenter,
    nodeName: config.nodeName,
    nodeId,
    advertiseAddress: config.advertiseAddress,
    nodeMeta: config.nodeMeta,
    pretty: config.isDev,
    debug: config.enableDebug,
    scriptChecks: config.scriptChecks,
    ui: config.hasUi,
    encrypt: config.encrypt,
    ...(config.ports.dns < 0 ? {} : { dns: dnsOptions(config) }),
    serverPort: config.ports.server,
    serfPort: config.ports.serfLan,
    limits: { kvValueBytesMax, txnBytesMax },
    caRoot: config.connectEnabled ? lazyRoot(config) : false,
    ...(config.deregisterAfterMsMin === undefined ? {} : { deregisterAfterMsMin: config.deregisterAfterMsMin }),
    ...(config.reapIntervalMs === undefined ? {} : { reapIntervalMs: config.reapIntervalMs }),
  };
}

/** Loads the certificate code with the first question about it. */
function lazyRoot(config: AgentConfig): () => Promise<CaRoot> {
  const path = config.dataDirectory === undefined ? undefined : join(config.dataDirectory, STATE_DIRECTORY, "connect-root.json");
  const keeper = path === undefined ? undefined : { read: () => readIfThere(path), write: (text: string) => writeSmall(path, text) };
  let root: (() => Promise<CaRoot>) | undefined;
  return async () => {
    const { keptRoot } = await import("../ca/kept-root.js");
    root ??= keptRoot(keeper, config.clusterId, () => systemClock.now());
    return root();
  };
}

function banner(config: AgentConfig, nodeId: string): readonly string[] {
  const { ports, addresses } = config;
  const clients = addresses.http.map((address) => ("host" in address ? address.host : address.path)).join(" ");
  return [
    "==> Starting Consul agent...",
    "           Version: '1.21.0' (ConsulRPC, a single node)",
    `           Node ID: '${nodeId}'`,
    `         Node name: '${config.nodeName}'`,
    `        Datacenter: '${config.datacenter}'`,
    `       Client Addr: [${clients}] (HTTP: ${ports.http}, HTTPS: ${ports.https}, DNS: ${ports.dns})`,
    `      Cluster Addr: ${config.advertiseAddress}`,
    `              Data: ${config.dataDirectory ?? "nothing is kept on disk"}`,
    "",
    "==> Log data will now stream in as it occurs:",
    "",
  ];
}
