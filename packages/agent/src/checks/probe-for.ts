/** Chooses what runs a check. Each kind is loaded when the first check of it is added: the start of the agent needs none. */
import { type CheckDefinition, checkType } from "./check-definition.js";
import { critical, type Probe } from "./probe.js";
import type { ProbeTls } from "./tls-options.js";

/** Consul's cap of what a check prints. */
export const OUTPUT_BYTES_MAX = 4_096;
const TIMEOUT_MS = 10_000;
const SCRIPT_TIMEOUT_MS = 30_000;

export function timeoutMs(definition: CheckDefinition): number {
  const type = checkType(definition);
  const fallback = type === "script" || type === "os_service" ? SCRIPT_TIMEOUT_MS : TIMEOUT_MS;
  return definition.timeoutMs !== undefined && definition.timeoutMs > 0 ? definition.timeoutMs : fallback;
}

export async function probeFor(definition: CheckDefinition, credentials: ProbeTls["credentials"]): Promise<Probe> {
  const outputBytesMax = definition.outputBytesMax || OUTPUT_BYTES_MAX;
  const tls: ProbeTls = {
    serverName: definition.tlsServerName ?? "",
    skipVerify: definition.tlsSkipVerify ?? false,
    ...(credentials === undefined ? {} : { credentials }),
  };
  switch (checkType(definition)) {
    case "http": {
      const { http: url = "", method, header = {}, body = "", disableRedirects = false } = definition;
      const { httpProbe } = await import("./http/socket.js");
      return httpProbe({ url, method: method || "GET", header, body, disableRedirects, outputBytesMax, tls });
    }
    case "tcp":
      return (await import("./tcp/socket.js")).tcpProbe(definition.tcp!, definition.tcpUseTls ? tls : undefined);
    case "udp":
      return (await import("./udp/socket.js")).udpProbe(definition.udp!);
    case "grpc":
      return (await import("./http2/socket.js")).grpcHealthProbe(definition.grpc!, definition.grpcUseTls ? tls : undefined);
    case "h2ping":
      return (await import("./http2/socket.js")).http2PingProbe(definition.h2ping!, definition.h2pingUseTls === false ? undefined : tls);
    case "script":
      return (await import("./script/process.js")).scriptProbe(definition.scriptArgs!, outputBytesMax, `${timeoutMs(definition) / 1_000}s`);
    case "os_service":
      return (await import("./script/process.js")).osServiceProbe(definition.osService!);
    case "docker":
      return async () => critical("docker checks are not supported by this agent: use an args check that runs docker exec");
    default:
      throw new RangeError("a check of this kind has nothing to run");
  }
}
