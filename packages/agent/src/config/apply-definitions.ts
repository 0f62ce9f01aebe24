/** Brings the services and checks of the configuration files into the agent, through its own API, and takes away what left the files. */

import { HttpError, type HttpHandler, type HttpRequest } from "../http/message.js";
import { Query } from "../http/query.js";
import { OWN_FILES } from "../http/script-rules.js";
import type { LogLevel } from "../log.js";
import type { AgentConfig } from "./agent-config.js";
import { apiShape } from "./definition-shape.js";
import { ConfigError, type RawConfig } from "./raw-config.js";

type Definitions = Pick<AgentConfig, "services" | "checks">;

/** @throws ConfigError when the agent refuses a definition; what came before it stays applied */
export async function applyDefinitions(
  handle: HttpHandler,
  before: Definitions,
  now: Definitions,
  say: (level: LogLevel, message: string) => void,
): Promise<void> {
  for (const [kind, list, was] of [
    ["service", now.services, before.services],
    ["check", now.checks, before.checks],
  ] as const) {
    const definitions = list.map(apiShape);
    const kept = new Set(definitions.map(idOf));
    for (const gone of was.map(apiShape).map(idOf)) {
      if (kept.has(gone)) continue;
      const reply = await call(handle, `/v1/agent/${kind}/deregister/${gone}`, "");
      if (reply.status >= 300 && reply.status !== 404)
        say("warn", `${kind} ${gone} left the configuration but not the agent: ${reply.body}`);
    }
    for (const definition of definitions) {
      const reply = await call(handle, `/v1/agent/${kind}/register`, JSON.stringify(definition), "replace-existing-checks=true");
      if (reply.status >= 300) throw new ConfigError(`Failed to register ${kind} ${JSON.stringify(idOf(definition))}: ${reply.body}`);
    }
  }
}

function idOf(definition: RawConfig): string {
  return String(definition.ID ?? definition.CheckID ?? definition.Name ?? "");
}

async function call(handle: HttpHandler, path: string, body: string, rawQuery = ""): Promise<{ status: number; body: string }> {
  const request: HttpRequest = {
    method: "PUT",
    path,
    rawQuery,
    query: Query.parse(rawQuery),
    header: () => undefined,
    body: Buffer.from(body),
    remoteAddress: OWN_FILES,
    onClose: () => () => {},
  };
  try {
    const reply = await handle(request);
    return { status: reply.status, body: String(reply.body) };
  } catch (error) {
    if (error instanceof HttpError) return { status: error.status, body: error.message };
    throw error;
  }
}
