import { type AgentConfig, type Machine, resolveConfig } from "./agent-config.js";
import { readConfigFiles } from "./disk.js";
import type { AgentFlags } from "./flags.js";
import { parseConfig, type RawConfig } from "./raw-config.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Files in the order given, then the environment, then flags: later ones win, lists grow. Of the environment, what Consul's
 * container image reads: CONSUL_LOCAL_CONFIG (a JSON object), CONSUL_BIND_INTERFACE and CONSUL_CLIENT_INTERFACE (names).
 *
 * @throws ConfigError
 */
export function loadConfig(flags: AgentFlags, environment: Environment, machine: Machine): AgentConfig {
  const skipped: string[] = [];
  const files = readConfigFiles(flags.configPaths, (line) => skipped.push(line));
  const layers: RawConfig[] = files.map(({ path, text }) => parseConfig(text, path));
  const { CONSUL_LOCAL_CONFIG: local, CONSUL_BIND_INTERFACE: bind, CONSUL_CLIENT_INTERFACE: client } = environment;
  if (local) layers.push(parseConfig(local, "CONSUL_LOCAL_CONFIG"));
  if (bind) layers.push({ bind_addr: machine.interfaceAddresses(bind)[0] ?? `{{ GetInterfaceIP "${bind}" }}` });
  if (client) layers.push({ client_addr: machine.interfaceAddresses(client)[0] ?? `{{ GetInterfaceIP "${client}" }}` });
  const config = resolveConfig([...layers, flags.config], flags.isDev, machine);
  return { ...config, warnings: [...skipped, ...config.warnings] };
}
