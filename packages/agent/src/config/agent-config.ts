/** What the agent runs with, resolved from defaults, files, environment and flags. Pure: addresses of the machine come in. */
import { isIP } from "node:net";
import { LOG_LEVELS, type LogLevel } from "../log.js";
import { ConfigReader } from "./config-reader.js";
import { ConfigError, mergeConfig, type RawConfig } from "./raw-config.js";

/** Where something listens: an IP address, or the path of a unix socket. */
export type ListenAddress = { readonly host: string } | { readonly path: string };

export interface AgentConfig {
  readonly isDev: boolean;
  readonly isServer: boolean;
  /** undefined: nothing is kept (`-dev` without a directory). */
  readonly dataDirectory: string | undefined;
  readonly datacenter: string;
  readonly primaryDatacenter: string;
  readonly nodeName: string;
  /** undefined: the one kept in the data directory, or a new one. */
  readonly nodeId: string | undefined;
  readonly nodeMeta: Readonly<Record<string, string>>;
  readonly domain: string;
  readonly altDomain: string;
  readonly bindAddress: string;
  readonly advertiseAddress: string;
  readonly taggedAddresses: Readonly<Record<string, string>>;
  readonly locality: { readonly Region: string; readonly Zone: string } | undefined;
  readonly addresses: {
    readonly http: readonly ListenAddress[];
    readonly https: readonly ListenAddress[];
    readonly dns: readonly string[];
  };
  /** -1: not listened on. */
  readonly ports: {
    readonly http: number;
    readonly https: number;
    readonly dns: number;
    readonly server: number;
    readonly serfLan: number;
    readonly grpc: number;
    readonly grpcTls: number;
  };
  readonly unixSocketMode: number | undefined;
  readonly https: { readonly certFile: string; readonly keyFile: string; readonly caFile: string; readonly verifyIncoming: boolean };
  readonly logLevel: LogLevel;
  readonly logAsJson: boolean;
  readonly logFile: string | undefined;
  readonly pidFile: string | undefined;
  readonly hasUi: boolean;
  readonly uiDirectory: string | undefined;
  readonly recursors: readonly string[];
  readonly dns: DnsConfig;
  readonly scriptChecks: "no" | "local" | "all";
  readonly checkOutputBytesMax: number;
  readonly discardCheckOutput: boolean;
  readonly checkUpdateIntervalMs: number;
  readonly deregisterAfterMsMin: number | undefined;
  readonly reapIntervalMs: number | undefined;
  readonly agentTlsForChecks: boolean;
  readonly leavesOnInterrupt: boolean;
  readonly leavesOnTerminate: boolean;
  readonly enableDebug: boolean;
  /** Gossip's key: kept for tools that manage keys. */
  readonly encrypt: string;
  readonly limits: { readonly kvValueBytesMax: number; readonly txnBytesMax: number; readonly httpConnectionsPerClientMax: number };
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly blockEndpoints: readonly string[];
  readonly allowWriteFrom: readonly string[];
  readonly defaultQueryTimeMs: number;
  readonly maxQueryTimeMs: number;
  readonly sessionTtlMinMs: number;
  readonly aclsEnabled: boolean;
  readonly connectEnabled: boolean;
  /** The trust domain's first label. */
  readonly clusterId: string | undefined;
  /** Definitions as files have them. */
  readonly services: readonly RawConfig[];
  readonly checks: readonly RawConfig[];
  /** One line each, for whoever starts the agent. */
  readonly warnings: readonly string[];
}

export interface DnsConfig {
  readonly nodeTtlMs: number;
  /** By service name; "*" is for the others, and a name may end in "*". */
  readonly serviceTtl: Readonly<Record<string, string>>;
  readonly onlyPassing: boolean;
  readonly enableTruncate: boolean;
  readonly disableCompression: boolean;
  readonly udpAnswerLimit: number;
  readonly aRecordLimit: number;
  readonly recursorTimeoutMs: number;
  readonly nodeMetaTxt: boolean;
  readonly soa: { readonly refresh: number; readonly retry: number; readonly expire: number; readonly minTtl: number };
}

/** What the machine says about itself. */
export interface Machine {
  readonly hostname: string;
  readonly privateAddresses: readonly string[];
  readonly publicAddresses: readonly string[];
  /** Of an interface, by its name. */
  interfaceAddresses(name: string): readonly string[];
}

const DEFAULTS: RawConfig = {
  bind_addr: "0.0.0.0",
  client_addr: "127.0.0.1",
  datacenter: "dc1",
  domain: "consul.",
  log_level: "INFO",
  default_query_time: "300s",
  max_query_time: "600s",
  check_update_interval: "5m",
  check_output_max_size: 4096,
  ports: { dns: 8600, http: 8500, https: -1, grpc: -1, grpc_tls: -1, server: 8300, serf_lan: 8301 },
  dns_config: { udp_answer_limit: 3, recursor_timeout: "2s", enable_additional_node_meta_txt: true },
  limits: { http_max_conns_per_client: 200, kv_max_value_size: 512 * 1024, txn_max_req_len: 512 * 1024 },
};

const DEV: RawConfig = {
  bind_addr: "127.0.0.1",
  enable_debug: true,
  ui_config: { enabled: true },
  log_level: "DEBUG",
  server: true,
  connect: { enabled: true },
  ports: { grpc: 8502 },
};

/** Keys that are set on every Consul, mean nothing on one node, and need no word. */
const SILENT = [
  "performance",
  "peering",
  "disable_",
  "segments",
  "version",
  "raft_protocol",
  "protocol",
  "telemetry",
  "autopilot",
  "acl.tokens",
  "ports.serf_wan",
  "acl_datacenter",
];

/** @throws ConfigError in Consul's words where it has some */
export function resolveConfig(layers: readonly RawConfig[], isDev: boolean, machine: Machine): AgentConfig {
  const merged = [DEFAULTS, ...(isDev ? [DEV] : []), ...layers].reduce(mergeConfig, {});
  const read = new ConfigReader(merged);
  const warnings: string[] = [];
  const datacenter = (read.string("datacenter") ?? "").toLowerCase();
  if (datacenter === "") throw new ConfigError("datacenter cannot be empty");
  if (!/^[a-z0-9_-]+$/.test(datacenter)) {
    throw new ConfigError(
      `datacenter can only contain lowercase alphanumeric, - or _ characters. received: ${JSON.stringify(read.string("datacenter"))}`,
    );
  }
  const dataDirectory = read.string("data_dir");
  if (!dataDirectory && !isDev) throw new ConfigError("data_dir cannot be empty");
  const isServer = read.boolean("server") ?? false;
  checkClustering(read, isServer, isDev, warnings);
  const bindAddress = resolveBind(read, machine);
  const clients = addressList(read, "client_addr", machine);
  const listen = (key: string): readonly ListenAddress[] => {
    const own = addressList(read, `addresses.${key}`, machine);
    return own.length > 0 ? own : clients;
  };
  const dns = listen("dns").map((address) => {
    if ("path" in address) throw new ConfigError("DNS address cannot be a unix socket");
    return address.host;
  });
  const port = (key: string): number => checkPort(key, read.number(`ports.${key}`) ?? -1);
  const nodeName = read.string("node_name") ?? machine.hostname;
  if (nodeName === "") throw new ConfigError("node_name cannot be empty");
  if (/[^A-Za-z0-9-]/.test(nodeName)) {
    warnings.push(
      `Node name ${JSON.stringify(nodeName)} will not be discoverable via DNS due to invalid characters. Valid characters include all alpha-numerics and dashes.`,
    );
  }
  const tls = (key: string): string => read.string(`tls.https.${key}`) ?? read.string(`tls.defaults.${key}`) ?? read.string(key) ?? "";
  const level = (read.string("log_level") ?? "INFO").toLowerCase();
  const config: AgentConfig = {
    isDev,
    isServer,
    dataDirectory: isDev && !dataDirectory ? undefined : dataDirectory,
    datacenter,
    primaryDatacenter: read.string("primary_datacenter")?.toLowerCase() || datacenter,
    nodeName,
    nodeId: checkNodeId(read.string("node_id")),
    nodeMeta: read.stringMap("node_meta"),
    domain: read.string("domain") ?? "consul.",
    altDomain: read.string("alt_domain") ?? "",
    bindAddress,
    advertiseAddress: resolveAdvertise(read, bindAddress, machine, warnings),
    taggedAddresses: read.stringMap("tagged_addresses"),
    locality: read.string("locality.region")
      ? { Region: read.string("locality.region") ?? "", Zone: read.string("locality.zone") ?? "" }
      : undefined,
    addresses: { http: listen("http"), https: listen("https"), dns },
    ports: {
      http: port("http"),
      https: port("https"),
      dns: port("dns"),
      server: port("server"),
      serfLan: port("serf_lan"),
      grpc: port("grpc"),
      grpcTls: port("grpc_tls"),
    },
    unixSocketMode: unixMode(read.string("unix_sockets.mode")),
    https: {
      certFile: tls("cert_file"),
      keyFile: tls("key_file"),
      caFile: tls("ca_file"),
      verifyIncoming:
        read.boolean("tls.https.verify_incoming") ??
        read.boolean("tls.defaults.verify_incoming") ??
        read.boolean("verify_incoming_https") ??
        read.boolean("verify_incoming") ??
        false,
    },
    logLevel: checkLogLevel(level),
    logAsJson: read.boolean("log_json") ?? false,
    logFile: read.string("log_file"),
    pidFile: read.string("pid_file"),
    hasUi: read.boolean("ui_config.enabled") ?? read.boolean("ui") ?? false,
    uiDirectory: read.string("ui_config.dir") ?? read.string("ui_dir"),
    recursors: read.strings("recursors"),
    dns: resolveDns(read),
    scriptChecks: read.boolean("enable_script_checks") ? "all" : read.boolean("enable_local_script_checks") ? "local" : "no",
    checkOutputBytesMax: read.number("check_output_max_size") ?? 4096,
    discardCheckOutput: read.boolean("discard_check_output") ?? false,
    checkUpdateIntervalMs: read.duration("check_update_interval") ?? 300_000,
    deregisterAfterMsMin: read.duration("check_deregister_interval_min"),
    reapIntervalMs: read.duration("check_reap_interval"),
    agentTlsForChecks: read.boolean("enable_agent_tls_for_checks") ?? false,
    leavesOnInterrupt: !(read.boolean("skip_leave_on_interrupt") ?? isServer),
    leavesOnTerminate: read.boolean("leave_on_terminate") ?? !isServer,
    enableDebug: read.boolean("enable_debug") ?? false,
    encrypt: read.string("encrypt") ?? "",
    limits: {
      kvValueBytesMax: read.number("limits.kv_max_value_size") ?? 512 * 1024,
      txnBytesMax: Math.max(read.number("limits.txn_max_req_len") ?? 512 * 1024, read.number("limits.kv_max_value_size") ?? 0),
      httpConnectionsPerClientMax: read.number("limits.http_max_conns_per_client") ?? 200,
    },
    responseHeaders: read.stringMap("http_config.response_headers"),
    blockEndpoints: read.strings("http_config.block_endpoints"),
    allowWriteFrom: read.strings("http_config.allow_write_http_from"),
    defaultQueryTimeMs: read.duration("default_query_time") ?? 300_000,
    maxQueryTimeMs: read.duration("max_query_time") ?? 600_000,
    sessionTtlMinMs: read.duration("session_ttl_min") ?? 10_000,
    aclsEnabled: read.boolean("acl.enabled") ?? false,
    connectEnabled: read.boolean("connect.enabled") ?? isServer,
    clusterId: read.string("connect.ca_config.cluster_id"),
    services: read.objects("services"),
    checks: read.objects("checks"),
    warnings,
  };
  if (config.aclsEnabled) warnings.push("acl.enabled: this agent does not enforce ACLs yet; every request is allowed");
  const unused = read.unused().filter((path) => !SILENT.some((prefix) => path.startsWith(prefix)));
  if (unused.length > 0) warnings.push(`accepted, and without effect on a single node: ${unused.join(", ")}`);
  return config;
}

/** What asks for a cluster is refused or said: several single nodes in the place of one cluster would disagree in silence. */
function checkClustering(read: ConfigReader, isServer: boolean, isDev: boolean, warnings: string[]): void {
  const expected = read.number("bootstrap_expect") ?? 0;
  const hint = "this agent is a single node; for a cluster, run HashiCorp's Consul and point CONSUL_HTTP_ADDR at it";
  if (expected > 0 && !isServer) throw new ConfigError("'bootstrap_expect > 0' requires 'server = true'");
  if (expected > 1) throw new ConfigError(`bootstrap_expect = ${expected}: ${hint}`);
  if (read.boolean("bootstrap") && !isServer) throw new ConfigError("'bootstrap = true' requires 'server = true'");
  if (read.strings("retry_join").length + read.strings("start_join").length > 0) warnings.push(`retry_join is not followed: ${hint}`);
  if (!isServer && !isDev) warnings.push("started without -server: it serves as the only server all the same");
}

function resolveBind(read: ConfigReader, machine: Machine): string {
  const addresses = addressList(read, "bind_addr", machine);
  const [first] = addresses;
  if (first === undefined) throw new ConfigError("bind_addr cannot be empty");
  if (addresses.length > 1) {
    throw new ConfigError("bind_addr cannot contain multiple addresses. Use 'addresses.{dns,http,https}' instead.");
  }
  if ("path" in first) throw new ConfigError("bind_addr cannot be a unix socket");
  return first.host;
}

function resolveAdvertise(read: ConfigReader, bindAddress: string, machine: Machine, warnings: string[]): string {
  for (const key of ["advertise_addr", "advertise_addr_ipv4", "advertise_addr_ipv6"]) {
    const [given] = addressList(read, key, machine);
    if (given === undefined || "path" in given) continue;
    if (isAny(given.host)) throw new ConfigError("Advertise address cannot be 0.0.0.0, :: or [::]");
    return given.host;
  }
  if (!isAny(bindAddress)) return bindAddress;
  const [first, ...others] = machine.privateAddresses;
  if (first === undefined) {
    warnings.push("No private IPv4 address found: advertising 127.0.0.1. Please configure one with 'bind' and/or 'advertise'.");
    return "127.0.0.1";
  }
  if (others.length > 0) {
    warnings.push(
      `Multiple private IPv4 addresses found: advertising ${first}, not ${others.join(", ")}. Please configure one with 'bind' and/or 'advertise'.`,
    );
  }
  return first;
}

const isAny = (address: string): boolean => address === "0.0.0.0" || address === "::";

/** Addresses separated by spaces; templates of go-sockaddr as far as people use them in the command line. */
function addressList(read: ConfigReader, key: string, machine: Machine): readonly ListenAddress[] {
  const text = expandTemplate(key, read.string(key) ?? "", machine);
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      if (word.startsWith("unix://") || word.startsWith("/")) return { path: word.replace("unix://", "") };
      const host = word === "localhost" ? "127.0.0.1" : word.replace(/^\[(.*)\]$/, "$1");
      if (isIP(host) === 0) throw new ConfigError(`${key}: invalid ip address: ${word}${portHint(key, word)}`);
      return { host };
    });
}

function portHint(key: string, word: string): string {
  const port = /^(?:[^:]*|\[.*\]):(\d+)$/.exec(word)?.[1];
  return port !== undefined && key === "client_addr" ? ` (the port goes into -http-port=${port})` : "";
}

function expandTemplate(key: string, text: string, machine: Machine): string {
  return text.replace(/\{\{\s*(.*?)\s*\}\}/g, (_, call: string) => {
    if (call === "GetPrivateIP") return machine.privateAddresses[0] ?? "";
    if (call === "GetPrivateIPs") return machine.privateAddresses.join(" ");
    if (call === "GetPublicIP") return machine.publicAddresses[0] ?? "";
    const named = /^GetInterfaceIPs? "([^"]+)"$/.exec(call)?.[1];
    if (named !== undefined) return machine.interfaceAddresses(named)[0] ?? "";
    throw new ConfigError(`${key}: the template {{ ${call} }} is not supported: write the address, or {{ GetPrivateIP }}`);
  });
}

function checkPort(key: string, port: number): number {
  if (!Number.isInteger(port) || port > 65_535) throw new ConfigError(`ports.${key}: invalid port ${port}`);
  return port < 0 ? -1 : port;
}

function checkNodeId(id: string | undefined): string | undefined {
  if (id === undefined || id === "") return undefined;
  if (!/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(id))
    throw new ConfigError(`node_id: ${JSON.stringify(id)} is not a UUID`);
  return id.toLowerCase();
}

function checkLogLevel(level: string): LogLevel {
  const found = LOG_LEVELS.find((known) => known === (level === "err" ? "error" : level));
  if (found !== undefined) return found;
  throw new ConfigError(`Invalid log level: ${level.toUpperCase()}. Valid log levels are: [TRACE DEBUG INFO WARN ERROR]`);
}

function unixMode(mode: string | undefined): number | undefined {
  if (mode === undefined || mode === "") return undefined;
  if (!/^[0-7]{3,4}$/.test(mode)) throw new ConfigError(`unix_sockets.mode: want octal digits as "0770", found ${JSON.stringify(mode)}`);
  return Number.parseInt(mode, 8);
}

function resolveDns(read: ConfigReader): DnsConfig {
  return {
    nodeTtlMs: read.duration("dns_config.node_ttl") ?? 0,
    serviceTtl: read.stringMap("dns_config.service_ttl"),
    onlyPassing: read.boolean("dns_config.only_passing") ?? false,
    enableTruncate: read.boolean("dns_config.enable_truncate") ?? false,
    disableCompression: read.boolean("dns_config.disable_compression") ?? false,
    udpAnswerLimit: read.number("dns_config.udp_answer_limit") ?? 3,
    aRecordLimit: read.number("dns_config.a_record_limit") ?? 0,
    recursorTimeoutMs: read.duration("dns_config.recursor_timeout") ?? 2_000,
    nodeMetaTxt: read.boolean("dns_config.enable_additional_node_meta_txt") ?? true,
    soa: {
      refresh: read.number("dns_config.soa.refresh") ?? 3_600,
      retry: read.number("dns_config.soa.retry") ?? 600,
      expire: read.number("dns_config.soa.expire") ?? 86_400,
      minTtl: read.number("dns_config.soa.min_ttl") ?? 0,
    },
  };
}
