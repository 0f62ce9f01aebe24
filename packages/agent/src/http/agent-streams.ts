/** /v1/agent/monitor and /v1/agent/metrics: what the agent says of itself while it runs. */
import { hostname } from "node:os";
import { formatLine, LOG_LEVELS, type LogLevel } from "../log.js";
import type { AgentContext } from "./context.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { API_HEADERS, badRequest, json } from "./reply.js";

/** Lines that wait for a slow reader; beyond it the oldest are dropped. */
const LINES_MAX = 512;

export function agentMonitor(context: AgentContext, request: HttpRequest): HttpResponse {
  const asked = request.query.get("loglevel") || "INFO";
  const level = asked.toLowerCase() as LogLevel;
  if (!LOG_LEVELS.includes(level)) throw badRequest(`Unknown log level: ${asked}`);
  return { status: 200, headers: ["Content-Type", "text/plain; charset=utf-8", ...API_HEADERS], body: lines(context, request, level) };
}

async function* lines(context: AgentContext, request: HttpRequest, level: LogLevel): AsyncGenerator<string> {
  const asJson = request.query.has("logjson");
  const waiting: string[] = [];
  let wake: () => void = () => {};
  let gone = false;
  const end = (): void => {
    gone = true;
    wake();
  };
  const forget = request.onClose(end);
  const ignore = context.log.listen(level, (line) => {
    waiting.push(`${formatLine(line, asJson)}\n`);
    if (waiting.length > LINES_MAX) waiting.shift();
    wake();
  });
  context.blocked.add(end);
  try {
    yield "";
    while (!gone) {
      const line = waiting.shift();
      if (line !== undefined) yield line;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    ignore();
    forget();
    context.blocked.delete(end);
  }
}

export function agentMetrics(context: AgentContext, request: HttpRequest): HttpResponse {
  const gauges = gaugesOf(context);
  if (request.query.get("format") === "prometheus") {
    const body = gauges
      .map(([name, value]) => `# HELP ${flat(name)} ${flat(name)}\n# TYPE ${flat(name)} gauge\n${flat(name)} ${value}\n`)
      .join("");
    return { status: 200, headers: ["Content-Type", "text/plain; version=0.0.4; charset=utf-8", ...API_HEADERS], body };
  }
  const Timestamp = `${new Date(context.clock.now()).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`;
  const Gauges = gauges.map(([Name, Value]) => ({ Name, Value, Labels: {} }));
  return json(request, context, { Timestamp, Gauges, Points: [], Counters: [], Samples: [] });
}

function gaugesOf(context: AgentContext): (readonly [string, number])[] {
  const { tables } = context.state;
  const memory = process.memoryUsage();
  const host = hostname();
  const gauges: (readonly [string, number])[] = [
    ["consul.autopilot.healthy", 1],
    ["consul.members.servers", 1],
    ["consul.raft.applied_index", context.state.index],
    ["consul.rpc.queries_blocking", context.blocked.size],
    ["consul.runtime.alloc_bytes", memory.heapUsed],
    ["consul.runtime.sys_bytes", memory.rss],
    ["consul.state.kv_entries", tables.kv.size],
    ["consul.state.nodes", tables.nodes.size],
    ["consul.state.service_instances", tables.services.size],
    ["consul.state.sessions", tables.sessions.size],
    ["consul.version", 1],
  ];
  return gauges.map(([name, value]) => [name.replace("consul.", `consul.${host}.`), value]);
}

function flat(name: string): string {
  return name.replace(/[.\s-]/g, "_");
}

/** One interval of metrics after another, a line of JSON each. */
export function agentMetricsStream(context: AgentContext, request: HttpRequest): HttpResponse {
  return { status: 200, headers: ["Content-Type", "application/json", ...API_HEADERS], body: intervals(context, request) };
}

const METRICS_INTERVAL_MS = 10_000;

async function* intervals(context: AgentContext, request: HttpRequest): AsyncGenerator<string> {
  let gone = false;
  let wake: () => void = () => {};
  const end = (): void => {
    gone = true;
    wake();
  };
  const forget = request.onClose(end);
  context.blocked.add(end);
  try {
    while (!gone) {
      const answer = agentMetrics(context, request);
      yield `${String(answer.body).replaceAll(/\n\s*/g, "")}\n`;
      await new Promise<void>((resolve) => {
        const cancel = context.clock.after(METRICS_INTERVAL_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  } finally {
    forget();
    context.blocked.delete(end);
  }
}
