/** /debug/pprof/: what Node has in the place of Go's profiles. Only when debugging is enabled, else 404 as in Consul. */
import { Session } from "node:inspector/promises";
import type { AgentContext } from "./context.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { API_HEADERS } from "./reply.js";

const SECONDS_MAX = 60;

export async function pprof(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  if (!context.debug) throw new HttpError(404, "");
  const name = request.path.slice("/debug/pprof/".length);
  const seconds = Math.min(SECONDS_MAX, Math.max(1, Number(request.query.get("seconds")) || 1));
  switch (name) {
    case "cmdline":
      return plain(process.argv.join("\0"));
    case "profile":
      return binary(await cpuProfile(context, seconds));
    case "heap":
      return binary(JSON.stringify(process.memoryUsage()));
    case "trace":
      await pause(context, seconds);
      return binary(JSON.stringify({ resources: process.resourceUsage(), memory: process.memoryUsage() }));
    case "goroutine":
    case "allocs":
    case "block":
    case "mutex":
    case "threadcreate":
      return binary(JSON.stringify({ resources: process.resourceUsage(), blockedQueries: context.blocked.size }));
    case "symbol":
      return plain("num_symbols: 0\n");
    case "":
      return plain("profile heap goroutine trace cmdline symbol\n");
    default:
      throw new HttpError(404, "Unknown profile\n");
  }
}

/** A V8 CPU profile, as Chrome's tools read it. */
async function cpuProfile(context: AgentContext, seconds: number): Promise<string> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await pause(context, seconds);
    const { profile } = await session.post("Profiler.stop");
    return JSON.stringify(profile);
  } finally {
    session.disconnect();
  }
}

function pause(context: AgentContext, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    context.clock.after(seconds * 1000, resolve);
  });
}

function binary(body: string): HttpResponse {
  return { status: 200, headers: ["Content-Type", "application/octet-stream", "X-Content-Type-Options", "nosniff", ...API_HEADERS], body };
}

function plain(body: string): HttpResponse {
  return { status: 200, headers: ["Content-Type", "text/plain; charset=utf-8", ...API_HEADERS], body };
}
