/** /v1/agent/service/ and /v1/agent/services */
import { createHash } from "node:crypto";
import { AGENT_SERVICE } from "./agent-schema.js";
import { parseOptions } from "./blocking.js";
import type { AgentContext } from "./context.js";
import { type Decoded, decodeBody } from "./decode.js";
import { compileFilter } from "./filtering.js";
import { sortedMap } from "./go-json.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { empty, json } from "./reply.js";
import { requireScriptsAllowed } from "./script-rules.js";
import { localChecks, requestedChecks, toLocalService } from "./service-definition.js";
import { sidecarOf } from "./sidecar.js";
import { agentServiceView } from "./views.js";

export function agentServices(context: AgentContext, request: HttpRequest): HttpResponse {
  const filter = compileFilter(request, "agent-services");
  const views: Record<string, unknown> = {};
  for (const { service } of context.state.tables.localServices.values()) {
    const view = agentServiceView(service, context.identity.datacenter);
    if (filter(view)) views[service.ID] = view;
  }
  return json(request, context, sortedMap(views));
}

/** Blocks on the hash of the service's content, not on an index. */
export function agentService(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/service/".length);
  const options = parseOptions(request);
  const hash = request.query.get("hash");
  const read = () => {
    const local = context.state.tables.localServices.get(id);
    if (local === undefined) throw new HttpError(404, `unknown service ID: ${id}`);
    const view = agentServiceView(local.service, context.identity.datacenter);
    const contentHash = hashOf(view);
    return {
      contentHash,
      reply: () => json(request, context, withHash(view, contentHash), ["X-Consul-Contenthash", contentHash]),
    };
  };
  const first = read();
  if (hash === "" || hash !== first.contentHash) return first.reply();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      cancelWatch();
      cancelTimer();
      forgetClose();
      context.blocked.delete(finish);
    };
    const finish = (): void => {
      stop();
      try {
        resolve(read().reply());
      } catch (error) {
        reject(error);
      }
    };
    const check = (): void => {
      const known = context.state.tables.localServices.get(id) !== undefined;
      if (known && read().contentHash === hash) cancelWatch = context.state.watches.watch([`local-service.${id}`], check);
      else finish();
    };
    let cancelWatch = context.state.watches.watch([`local-service.${id}`], check);
    const cancelTimer = context.clock.after(options.waitMs ?? HASH_WAIT_MS_DEFAULT, finish);
    const forgetClose = request.onClose(() => {
      stop();
      reject(new HttpError(499, "the client went away"));
    });
    context.blocked.add(finish);
  });
}

/** In Consul's order of fields: the hash before the datacenter. */
function withHash({ Datacenter, Locality, ...view }: Record<string, unknown>, ContentHash: string): Record<string, unknown> {
  return { ...view, ContentHash, Datacenter, ...(Locality === undefined ? {} : { Locality }) };
}

const HASH_WAIT_MS_DEFAULT = 300_000;

/** Sixteen hexadecimal digits, as Consul's; which ones is nobody's business. */
function hashOf(view: unknown): string {
  return createHash("sha1").update(JSON.stringify(view)).digest("hex").slice(0, 16);
}

export async function registerService(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  await addService(context, request, decodeBody(request.body, AGENT_SERVICE), replacesChecks(request));
  return empty();
}

function replacesChecks(request: HttpRequest): boolean {
  const value = request.query.get("replace-existing-checks");
  return request.query.has("replace-existing-checks") && (value === "" || value === "true");
}

/** Registers a decoded definition, from the API or a configuration file. */
export async function addService(context: AgentContext, request: HttpRequest, decoded: Decoded, replaceChecks: boolean): Promise<void> {
  const local = toLocalService(decoded);
  const checks = requestedChecks(decoded, "Invalid check: ");
  const sidecar = sidecarOf(context, decoded, local.service);
  requireScriptsAllowed(context, request, [...checks, ...(sidecar?.checks ?? [])]);
  await context.local.setService(local, localChecks(context, local.service, checks), replaceChecks);
  if (sidecar !== undefined) await context.local.setService(sidecar.local, sidecar.checks, replaceChecks);
}

export async function deregisterService(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  const id = request.path.slice("/v1/agent/service/deregister/".length);
  if (context.state.tables.localServices.get(id) === undefined) {
    throw new HttpError(404, `Unknown service ID ${JSON.stringify(id)}. Ensure that the service ID is passed, not the service name.`);
  }
  await context.local.deleteService(id);
  return empty();
}
