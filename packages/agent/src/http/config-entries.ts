/** /v1/config: central configuration entries, stored as given. What they mean for a service mesh is not enforced here. */
import { configKey } from "../state/config-entries.js";
import type { ConfigEntry } from "../state/records.js";
import { answerQuery, isUint64, parseOptions } from "./blocking.js";
import { done, plainListing, requestedDatacenter } from "./catalog.js";
import { normalizeConfigEntry } from "./config-entry-shape.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { parseJson } from "./decode.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, json } from "./reply.js";

export const CONFIG_KINDS: ReadonlySet<string> = new Set([
  "service-defaults",
  "proxy-defaults",
  "service-router",
  "service-splitter",
  "service-resolver",
  "ingress-gateway",
  "terminating-gateway",
  "service-intentions",
  "mesh",
  "exported-services",
  "sameness-group",
  "api-gateway",
  "bound-api-gateway",
  "inline-certificate",
  "file-system-certificate",
  "http-route",
  "tcp-route",
  "rate-limit-ip",
  "jwt-provider",
]);

export function configEndpoint(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const rest = request.path.slice("/v1/config/".length);
  const slash = rest.indexOf("/");
  const kind = slash < 0 ? rest : rest.slice(0, slash);
  const name = slash < 0 ? "" : rest.slice(slash + 1);
  if (request.method === "DELETE") return deleteEntry(context, request, kind, name);
  if (kind !== "" && !CONFIG_KINDS.has(kind)) throw new HttpError(500, `invalid config entry kind: ${kind}`);
  return name === "" ? listEntries(context, request, kind) : readEntry(context, request, kind, name);
}

function listEntries(context: AgentContext, request: HttpRequest, kind: string): HttpResponse | Promise<HttpResponse> {
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), [kind === "" ? "config-entries" : `config-rows.${kind}`], () =>
    plainListing(context, request, tables.maxIndex("config-entries"), tables.configEntries.values(kind === "" ? "" : `${kind}/`)),
  );
}

function readEntry(context: AgentContext, request: HttpRequest, kind: string, name: string): HttpResponse | Promise<HttpResponse> {
  const { tables } = context.state;
  const key = configKey(kind, name);
  return answerQuery(context, request, parseOptions(request), [`config-row.${key}`], () => {
    const entry = tables.configEntries.get(key);
    if (entry !== undefined) return plainListing(context, request, entry.ModifyIndex, entry);
    const reply = (headers: readonly string[]): never => {
      throw new HttpError(404, `Config entry not found for ${JSON.stringify(kind)} / ${JSON.stringify(name)}`, headers);
    };
    return { index: tables.maxIndex("config-entries"), found: false, reply };
  });
}

function deleteEntry(context: AgentContext, request: HttpRequest, kind: string, name: string): HttpResponse | Promise<HttpResponse> {
  if (kind === "" || name === "") throw new HttpError(404, "Must provide both a kind and name to delete");
  if (!CONFIG_KINDS.has(kind)) throw badRequest(`invalid config entry kind: ${kind}`);
  const cas = casOf(request);
  return done(context.propose({ type: "config-delete", kind, name, cas }), (deleted) =>
    json(request, context, cas === undefined ? {} : deleted === true),
  );
}

export function configApply(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const raw = parseJson(request.body);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) throw badRequest("Request decoding failed: expected an object");
  if (!("Kind" in raw) && !("kind" in raw))
    throw badRequest("Request decoding failed: Payload does not contain a kind/Kind key at the top level");
  const entry: ConfigEntry = normalizeConfigEntry(raw as Record<string, unknown>);
  if (!CONFIG_KINDS.has(entry.Kind)) throw badRequest(`Request decoding failed: invalid config entry kind: ${entry.Kind}`);
  const problem = entryProblem(entry);
  if (problem !== undefined) throw new HttpError(500, problem);
  return done(context.propose({ type: "config-set", entry, cas: casOf(request) }), (stored) => json(request, context, stored === true));
}

const SINGLETONS: Readonly<Record<string, string>> = { "proxy-defaults": "global", mesh: "mesh", "exported-services": "default" };

function entryProblem(entry: ConfigEntry): string | undefined {
  if (entry.Name === "") return "Name is required";
  const only = SINGLETONS[entry.Kind];
  if (only !== undefined && entry.Kind === "proxy-defaults" && entry.Name !== only) {
    return `invalid name (${JSON.stringify(entry.Name)}), only ${JSON.stringify(only)} is supported`;
  }
  return undefined;
}

function casOf(request: HttpRequest): number | undefined {
  if (!request.query.has("cas")) return undefined;
  const raw = request.query.get("cas");
  if (!isUint64(raw)) throw new HttpError(500, `strconv.ParseUint: parsing ${JSON.stringify(raw)}: invalid syntax`);
  return Number(raw);
}
