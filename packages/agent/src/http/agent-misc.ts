/** The rest of /v1/agent/: members, version, host, join and leave, reload, tokens. */
import { arch, cpus, freemem, hostname, platform, release, totalmem, uptime } from "node:os";
import { CONSUL_VERSION, memberView } from "./agent-self.js";
import type { AgentContext } from "./context.js";
import { decodeBody } from "./decode.js";
import { compileFilter } from "./filtering.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, empty, json } from "./reply.js";

export function agentMembers(context: AgentContext, request: HttpRequest): HttpResponse {
  const wide = request.query.get("wan") !== "";
  const segment = request.query.get("segment");
  if (wide && segment !== "" && segment !== "_all") throw badRequest("Cannot provide a segment with wan=true");
  const filter = compileFilter(request, "members");
  const member = memberView(context);
  const { wan_join_port: _join, ...tags } = member.Tags as Record<string, string>;
  const { nodeName, datacenter, serfWanPort } = context.identity;
  const shown = wide ? { ...member, Name: `${nodeName}.${datacenter}`, Port: serfWanPort, Tags: tags } : member;
  return json(request, context, [shown].filter(filter));
}

export function agentVersion(context: AgentContext, request: HttpRequest): HttpResponse {
  return json(request, context, { SHA: "", BuildDate: "1970-01-01T00:00:01Z", HumanVersion: CONSUL_VERSION, FIPS: "" });
}

/** Operating-system figures, in the shape of Consul's. */
export function agentHost(context: AgentContext, request: HttpRequest): HttpResponse {
  const total = totalmem();
  const free = freemem();
  const body = {
    Memory: { total, available: free, used: total - free, usedPercent: (100 * (total - free)) / total, free },
    CPU: cpus().map((cpu, index) => ({ cpu: index, modelName: cpu.model, mhz: cpu.speed, cores: 1 })),
    Host: {
      hostname: hostname(),
      uptime: Math.floor(uptime()),
      bootTime: Math.floor(context.clock.now() / 1000 - uptime()),
      os: platform(),
      platform: platform(),
      kernelVersion: release(),
      kernelArch: arch(),
      hostid: context.identity.nodeId,
    },
    Disk: { path: "/", fstype: "", total: 0, free: 0, used: 0, usedPercent: 0 },
    CollectionTime: Math.floor(context.clock.now() * 1e6),
    Errors: null,
  };
  return json(request, context, body);
}

/** There is nobody to join but itself: this agent is a cluster of one and says so. */
export function agentJoin(context: AgentContext, request: HttpRequest): HttpResponse {
  const address = request.path.slice("/v1/agent/join/".length);
  const { advertiseAddress, serfPort } = context.identity;
  if (address === advertiseAddress || address === `${advertiseAddress}:${serfPort}`) return empty();
  throw new HttpError(500, `1 error occurred:\n\t* Failed to join ${address}: this agent is a single node and joins no cluster\n\n`);
}

export async function agentLeave(context: AgentContext): Promise<HttpResponse> {
  // Answered first: leaving closes the connection that the answer goes over.
  setImmediate(() => void context.control.leave().catch(context.failed));
  return empty();
}

export function agentForceLeave(context: AgentContext, request: HttpRequest): HttpResponse {
  const node = request.path.slice("/v1/agent/force-leave/".length);
  if (node !== context.identity.nodeName) throw new HttpError(500, `agent: No node found with name '${node}'`);
  return empty();
}

export async function agentReload(context: AgentContext): Promise<HttpResponse> {
  await context.control.reload();
  return empty();
}

const TOKENS: ReadonlySet<string> = new Set([
  "acl_token",
  "acl_agent_token",
  "acl_agent_master_token",
  "acl_replication_token",
  "default",
  "agent",
  "agent_master",
  "agent_recovery",
  "replication",
  "config_file_service_registration",
  "dns",
]);

/** Accepted; with ACLs off Consul refuses them, and so does this agent. */
export function agentToken(_context: AgentContext, request: HttpRequest): HttpResponse {
  const target = request.path.slice("/v1/agent/token/".length);
  if (TOKENS.has(target)) decodeBody(request.body, { fields: { Token: "string" } });
  throw new HttpError(401, "ACL support disabled");
}
