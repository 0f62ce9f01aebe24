/** The flags of `consul agent`, each a name for a configuration key. Written as Go does: -name v, -name=v, --name, -switch. */
import type { RawConfig } from "./raw-config.js";

type FlagKind = "string" | "number" | "boolean" | "strings" | "pairs";

/** name: [key, kind]; the key of a group is written with dots. */
const FLAGS: Readonly<Record<string, readonly [key: string, kind: FlagKind]>> = {
  advertise: ["advertise_addr", "string"],
  "advertise-wan": ["advertise_addr_wan", "string"],
  "allow-write-http-from": ["http_config.allow_write_http_from", "strings"],
  "alt-domain": ["alt_domain", "string"],
  "auto-reload-config": ["auto_reload_config", "boolean"],
  bind: ["bind_addr", "string"],
  bootstrap: ["bootstrap", "boolean"],
  "bootstrap-expect": ["bootstrap_expect", "number"],
  check_output_max_size: ["check_output_max_size", "number"],
  client: ["client_addr", "string"],
  "data-dir": ["data_dir", "string"],
  datacenter: ["datacenter", "string"],
  "default-query-time": ["default_query_time", "string"],
  "disable-host-node-id": ["disable_host_node_id", "boolean"],
  "disable-keyring-file": ["disable_keyring_file", "boolean"],
  "dns-port": ["ports.dns", "number"],
  domain: ["domain", "string"],
  "enable-local-script-checks": ["enable_local_script_checks", "boolean"],
  "enable-script-checks": ["enable_script_checks", "boolean"],
  encrypt: ["encrypt", "string"],
  "grpc-port": ["ports.grpc", "number"],
  "grpc-tls-port": ["ports.grpc_tls", "number"],
  "http-port": ["ports.http", "number"],
  "https-port": ["ports.https", "number"],
  join: ["retry_join", "strings"],
  "join-wan": ["retry_join_wan", "strings"],
  "log-file": ["log_file", "string"],
  "log-json": ["log_json", "boolean"],
  "log-level": ["log_level", "string"],
  "log-rotate-bytes": ["log_rotate_bytes", "number"],
  "log-rotate-duration": ["log_rotate_duration", "string"],
  "log-rotate-max-files": ["log_rotate_max_files", "number"],
  "max-query-time": ["max_query_time", "string"],
  node: ["node_name", "string"],
  "node-id": ["node_id", "string"],
  "node-meta": ["node_meta", "pairs"],
  "non-voting-server": ["read_replica", "boolean"],
  "pid-file": ["pid_file", "string"],
  "primary-gateway": ["primary_gateways", "strings"],
  protocol: ["protocol", "number"],
  "raft-protocol": ["raft_protocol", "number"],
  "read-replica": ["read_replica", "boolean"],
  recursor: ["recursors", "strings"],
  rejoin: ["rejoin_after_leave", "boolean"],
  "retry-interval": ["retry_interval", "string"],
  "retry-interval-wan": ["retry_interval_wan", "string"],
  "retry-join": ["retry_join", "strings"],
  "retry-join-wan": ["retry_join_wan", "strings"],
  "retry-max": ["retry_max", "number"],
  "retry-max-wan": ["retry_max_wan", "number"],
  segment: ["segment", "string"],
  "serf-lan-allowed-cidrs": ["serf_lan_allowed_cidrs", "strings"],
  "serf-lan-bind": ["serf_lan", "string"],
  "serf-lan-port": ["ports.serf_lan", "number"],
  "serf-wan-allowed-cidrs": ["serf_wan_allowed_cidrs", "strings"],
  "serf-wan-bind": ["serf_wan", "string"],
  "serf-wan-port": ["ports.serf_wan", "number"],
  server: ["server", "boolean"],
  "server-port": ["ports.server", "number"],
  syslog: ["enable_syslog", "boolean"],
  ui: ["ui_config.enabled", "boolean"],
  "ui-content-path": ["ui_config.content_path", "string"],
  "ui-dir": ["ui_config.dir", "string"],
};

export interface AgentFlags {
  /** What the flags set, in the shape of a configuration file. They win over all files. */
  readonly config: RawConfig;
  readonly isDev: boolean;
  /** Files and directories, in the order given. */
  readonly configPaths: readonly string[];
  readonly help: boolean;
}

/** The command line cannot be understood; the message is Go's. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

export function parseAgentFlags(argv: readonly string[]): AgentFlags {
  const config: Record<string, unknown> = {};
  const configPaths: string[] = [];
  let isDev = false;
  let help = false;
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    const written = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(argument);
    if (written === null) throw new FlagError(`Unexpected extra arguments: ${JSON.stringify(argv.slice(index))}`);
    const [, name = "", inline] = written;
    const value = (): string => {
      const text = inline ?? argv[++index];
      if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
      return text;
    };
    if (name === "h" || name === "help") help = true;
    else if (name === "dev") isDev = parseBoolean(name, inline ?? "true");
    else if (name === "config-file" || name === "config-dir") configPaths.push(value());
    else if (name === "config-format") checkFormat(value());
    else if (name === "hcl")
      throw new FlagError("-hcl is not supported: write the fragment as JSON into a file and name it with -config-file");
    else {
      const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
      if (flag === undefined) throw new FlagError(`flag provided but not defined: -${name}`);
      const [key, kind] = flag;
      setFlag(config, key, kind, name, kind === "boolean" ? (inline ?? "true") : value());
    }
  }
  return { config, isDev, configPaths, help };
}

/** All flags, one a line, for `--help`. */
export function describeFlags(): string {
  const kinds: Readonly<Record<FlagKind, string>> = {
    string: "=<value>",
    number: "=<number>",
    boolean: "",
    strings: "=<value> ...",
    pairs: "=<key:value> ...",
  };
  const lines = Object.entries(FLAGS).map(([name, [key, kind]]) => `  -${`${name}${kinds[kind]}`.padEnd(36)} ${key}`);
  const own = ["-dev", "-config-file=<path> ...", "-config-dir=<path> ..."].map((line) => `  ${line}`);
  return [...own, ...lines].sort().join("\n");
}

function setFlag(config: Record<string, unknown>, key: string, kind: FlagKind, name: string, text: string): void {
  const path = key.split(".");
  let group = config;
  for (const part of path.slice(0, -1)) {
    group[part] ??= {};
    group = group[part] as Record<string, unknown>;
  }
  const last = path.at(-1)!;
  if (kind === "strings") group[last] = [...((group[last] as string[] | undefined) ?? []), text];
  else if (kind === "pairs") group[last] = { ...(group[last] as object | undefined), ...parsePair(name, text) };
  else if (kind === "boolean") group[last] = parseBoolean(name, text);
  else group[last] = kind === "number" ? parseNumber(name, text) : text;
}

function parsePair(name: string, text: string): Record<string, string> {
  const colon = text.indexOf(":");
  if (colon < 1) throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: want key:value`);
  return { [text.slice(0, colon)]: text.slice(colon + 1) };
}

function parseBoolean(name: string, text: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return false;
  throw new FlagError(`invalid boolean value ${JSON.stringify(text)} for -${name}: parse error`);
}

function parseNumber(name: string, text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new FlagError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`);
  return Number(text);
}

function checkFormat(format: string): void {
  if (format !== "json") throw new FlagError(`-config-format ${format} is not supported: configuration files are JSON here`);
}
