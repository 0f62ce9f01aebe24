/** /v1/catalog/gateway-services, /v1/health/ingress and virtual addresses: what config entries say about gateways. */

import { configKey } from "../state/config-entries.js";
import type { ConfigEntry, ServiceRow } from "../state/records.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { done, listing, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { decodeBody } from "./decode.js";
import { healthView, isPassing, passingFlag } from "./health.js";
import type { HttpRequest, HttpResponse } from "./message.js";
import { badRequest, json } from "./reply.js";

interface Linked {
  readonly Name: string;
  readonly Hosts?: readonly string[];
  readonly [field: string]: unknown;
}

interface Listener {
  readonly Port: number;
  readonly Protocol?: string;
  readonly Services?: readonly Linked[];
}

export function gatewayServices(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const name = request.path.slice("/v1/catalog/gateway-services/".length);
  if (name === "") throw badRequest("Missing gateway name");
  const topics = ["config-rows.terminating-gateway", "config-rows.ingress-gateway", "services"];
  return answerQuery(context, request, parseOptions(request), topics, () =>
    listing(context, request, context.state.tables.maxIndex("config-entries", "services"), servicesOf(context, name)),
  );
}

function servicesOf(context: AgentContext, gateway: string): unknown[] {
  const { configEntries } = context.state.tables;
  const terminating = configEntries.get(configKey("terminating-gateway", gateway));
  if (terminating !== undefined) return terminatingServices(context, terminating);
  const ingress = configEntries.get(configKey("ingress-gateway", gateway));
  return ingress === undefined ? [] : ingressServices(context, ingress);
}

const CERTIFICATES = ["CAFile", "CertFile", "KeyFile", "SNI"];

function terminatingServices(context: AgentContext, entry: ConfigEntry): unknown[] {
  const linked = (entry.Services as readonly Linked[] | undefined) ?? [];
  const named = new Set(linked.map((service) => service.Name));
  const expanded = linked.flatMap((service) => {
    if (service.Name !== "*") return [{ service, name: service.Name, wildcard: false }];
    const rest = typicalNames(context).filter((name) => !named.has(name));
    return rest.map((name) => ({ service, name, wildcard: true }));
  });
  return expanded
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ service, name, wildcard }) => ({
      Gateway: { Name: entry.Name },
      Service: { Name: name },
      GatewayKind: "terminating-gateway",
      ...Object.fromEntries(
        CERTIFICATES.filter((field) => service[field] !== undefined && service[field] !== "").map((field) => [field, service[field]]),
      ),
      ...(wildcard ? { FromWildcard: true } : {}),
      CreateIndex: entry.CreateIndex,
      ModifyIndex: entry.ModifyIndex,
    }));
}

function ingressServices(context: AgentContext, entry: ConfigEntry): unknown[] {
  const listeners = (entry.Listeners as readonly Listener[] | undefined) ?? [];
  return listeners.flatMap((listener) =>
    (listener.Services ?? []).flatMap((service) => {
      const names = service.Name === "*" ? typicalNames(context) : [service.Name];
      return names.map((name) => ({
        Gateway: { Name: entry.Name },
        Service: { Name: name },
        GatewayKind: "ingress-gateway",
        Port: listener.Port,
        Protocol: listener.Protocol === undefined || listener.Protocol === "" ? "tcp" : listener.Protocol,
        ...(service.Hosts === undefined ? {} : { Hosts: service.Hosts }),
        ...(service.Name === "*" ? { FromWildcard: true } : {}),
        CreateIndex: entry.CreateIndex,
        ModifyIndex: entry.ModifyIndex,
      }));
    }),
  );
}

/** What a wildcard stands for: services that are no gateways or proxies, and not the agent's own. */
function typicalNames(context: AgentContext): string[] {
  const rows = context.state.tables.services.values().filter(({ service: { Kind = "", Service } }) => Kind === "" && Service !== "consul");
  return [...new Set(rows.map((row) => row.service.Service))].sort();
}

export function healthIngress(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const name = request.path.slice("/v1/health/ingress/".length);
  if (name === "") throw badRequest("Missing service name");
  const passing = passingFlag(request);
  const { tables } = context.state;
  const topics = ["config-rows.ingress-gateway", "services", "checks", "nodes"];
  return answerQuery(context, request, parseOptions(request), topics, () => {
    const rows: ServiceRow[] = gatewaysFor(context, name).flatMap((gateway) => tables.servicesByName.of(gateway.toLowerCase()));
    const kept = rows.filter((row) => !passing || isPassing(tables, row));
    const index = tables.maxIndex("config-entries", "services", "checks", "nodes");
    return listing(
      context,
      request,
      index,
      kept.map((row) => healthView(tables, row)),
    );
  });
}

function gatewaysFor(context: AgentContext, service: string): string[] {
  const entries = context.state.tables.configEntries.values("ingress-gateway/");
  const serves = (listener: Listener): boolean => (listener.Services ?? []).some(({ Name }) => Name === service || Name === "*");
  return entries.filter((entry) => ((entry.Listeners as readonly Listener[] | undefined) ?? []).some(serves)).map((entry) => entry.Name);
}

/** Manual virtual addresses move from the services that had them to the one named. */
export async function assignVirtualIps(context: AgentContext, request: HttpRequest): Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const decoded = decodeBody(request.body, { fields: { Service: "string", ManualVIPs: "strings", Datacenter: "string" } });
  const name = text(decoded.Service);
  const { tables } = context.state;
  const known = ["service-resolver", "service-router", "service-splitter", "service-defaults"].some(
    (kind) => tables.configEntries.get(configKey(kind, name)) !== undefined,
  );
  if (!known && !tables.servicesByName.has(name.toLowerCase())) return json(request, context, { Found: false, UnassignedFrom: null });
  const wanted = (decoded.ManualVIPs as string[] | undefined) ?? [];
  const moved: string[] = [];
  for (const key of [...tables.settings.keys("vips/")]) {
    const ips = tables.settings.get(key)!.ips as readonly string[];
    const left = ips.filter((ip) => !wanted.includes(ip));
    if (key === `vips/${name}` || left.length === ips.length) continue;
    await context.propose({ type: "setting-set", name: key, value: { ips: left }, cas: undefined });
    moved.push(key.slice("vips/".length));
  }
  const command = { type: "setting-set", name: `vips/${name}`, value: { ips: wanted }, cas: undefined } as const;
  return done(context.propose(command), () => {
    const unassigned = moved.map((from) => ({ ServiceName: { Name: from }, Peer: "" }));
    return json(request, context, { Found: true, UnassignedFrom: unassigned.length === 0 ? null : unassigned });
  });
}
