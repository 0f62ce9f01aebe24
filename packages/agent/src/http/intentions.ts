/**
 * /v1/connect/intentions: who may call whom. Kept in `service-intentions` config entries, one per destination, as in Consul.
 * They are answered, not enforced: there is no proxy here to ask.
 */
import { configKey } from "../state/config-entries.js";
import type { ConfigEntry } from "../state/records.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { done, isUuid, listing, plainListing, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { type Decoded, decodeBody, type Schema } from "./decode.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { badRequest, empty, json } from "./reply.js";

type Answer = HttpResponse | Promise<HttpResponse>;

const KIND = "service-intentions";

interface Source {
  readonly Name: string;
  readonly Action?: string;
  readonly Precedence: number;
  readonly LegacyID?: string;
  readonly Type: string;
  readonly Description?: string;
  readonly LegacyMeta?: Readonly<Record<string, string>>;
  readonly LegacyCreateTime?: string;
  readonly LegacyUpdateTime?: string;
}

const INTENTION: Schema = {
  fields: {
    ID: "string",
    Description: "string",
    SourceNS: "string",
    SourceName: "string",
    SourcePartition: "string",
    SourcePeer: "string",
    SourceSamenessGroup: "string",
    DestinationNS: "string",
    DestinationName: "string",
    DestinationPartition: "string",
    SourceType: "string",
    Action: "string",
    Permissions: "any",
    DefaultAddr: "string",
    DefaultPort: "int",
    Meta: "string-map",
    Precedence: "int",
    CreatedAt: "string",
    UpdatedAt: "string",
    Hash: "any",
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
  },
};

export function intentions(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  if (request.method === "POST") return create(context, request);
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), [`config-rows.${KIND}`], () =>
    plainListing(context, request, tables.maxIndex("config-entries"), all(context).sort(byPrecedence).map(view)),
  );
}

interface Found {
  readonly entry: ConfigEntry;
  readonly source: Source;
}

function all(context: AgentContext): Found[] {
  const entries = context.state.tables.configEntries.values(`${KIND}/`);
  return entries.flatMap((entry) => sourcesOf(entry).map((source) => ({ entry, source })));
}

function sourcesOf(entry: ConfigEntry | undefined): readonly Source[] {
  return (entry?.Sources as readonly Source[] | undefined) ?? [];
}

/** Exact names before wildcards, then by name. */
function byPrecedence(a: Found, b: Found): number {
  const difference = precedence(b.source.Name, b.entry.Name) - precedence(a.source.Name, a.entry.Name);
  if (difference !== 0) return difference;
  return `${a.entry.Name}\0${a.source.Name}` < `${b.entry.Name}\0${b.source.Name}` ? -1 : 1;
}

/** Consul's table: 9 for two names, 8 when the source is any, 6 when the destination is, 5 for both. */
function precedence(source: string, destination: string): number {
  if (destination === "*") return source === "*" ? 5 : 6;
  return source === "*" ? 8 : 9;
}

function view({ entry, source }: Found): Record<string, unknown> {
  return {
    ...(source.LegacyCreateTime === undefined ? {} : { CreatedAt: source.LegacyCreateTime, UpdatedAt: source.LegacyUpdateTime }),
    ...(source.LegacyID === undefined ? {} : { ID: source.LegacyID }),
    ...(source.Description === undefined || source.Description === "" ? {} : { Description: source.Description }),
    SourceNS: "default",
    SourceName: source.Name,
    DestinationNS: "default",
    DestinationName: entry.Name,
    SourceType: source.Type ?? "consul",
    ...(source.Action === undefined ? {} : { Action: source.Action }),
    ...(source.LegacyMeta === undefined ? {} : { Meta: source.LegacyMeta }),
    Precedence: precedence(source.Name, entry.Name),
    CreateIndex: entry.CreateIndex,
    ModifyIndex: entry.ModifyIndex,
  };
}

function create(context: AgentContext, request: HttpRequest): Answer {
  const decoded = decodeBody(request.body, INTENTION);
  const destination = text(decoded.DestinationName);
  const sourceName = text(decoded.SourceName);
  checkIntention(decoded, sourceName, destination);
  if (find(context, sourceName, destination) !== undefined) {
    throw new HttpError(500, `duplicate intention found: default/${sourceName} => default/${destination}`);
  }
  const id = context.uuid();
  return done(store(context, destination, sourceName, toSource(context, decoded, sourceName, id, undefined)), () =>
    json(request, context, { ID: id }),
  );
}

function checkIntention(decoded: Decoded, source: string, destination: string): void {
  const problems: string[] = [];
  if (source === "") problems.push("SourceName must be set");
  if (destination === "") problems.push("DestinationName must be set");
  const action = text(decoded.Action);
  if (action !== "allow" && action !== "deny" && decoded.Permissions === undefined)
    problems.push("Action must be set to 'allow' or 'deny'");
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
  throw new HttpError(500, `${count} occurred:\n${problems.map((problem) => `\t* ${problem}\n`).join("")}\n`);
}

function toSource(context: AgentContext, decoded: Decoded, name: string, id: string | undefined, known: Source | undefined): Source {
  const now = new Date(context.clock.now()).toISOString();
  return {
    Name: name,
    ...(text(decoded.Action) === "" ? {} : { Action: text(decoded.Action) }),
    Precedence: 0,
    ...(id === undefined ? {} : { LegacyID: id }),
    Type: text(decoded.SourceType) || "consul",
    ...(text(decoded.Description) === "" ? {} : { Description: text(decoded.Description) }),
    ...(decoded.Meta === undefined ? {} : { LegacyMeta: decoded.Meta as Record<string, string> }),
    ...(id === undefined ? {} : { LegacyCreateTime: known?.LegacyCreateTime ?? now, LegacyUpdateTime: now }),
  };
}

/** Puts a source into its destination's entry, in the place of `replaced`; without a source it only takes that out. */
function store(
  context: AgentContext,
  destination: string,
  replaced: string,
  source: Source | undefined,
): ReturnType<AgentContext["propose"]> {
  const entry = context.state.tables.configEntries.get(configKey(KIND, destination));
  const kept = sourcesOf(entry).filter((known) => known.Name !== replaced);
  const sources = source === undefined ? kept : [...kept, { ...source, Precedence: precedence(source.Name, destination) }];
  if (sources.length === 0) return context.propose({ type: "config-delete", kind: KIND, name: destination, cas: undefined });
  const Sources = [...sources].sort((a, b) => b.Precedence - a.Precedence);
  const next: ConfigEntry = { ...entry, Kind: KIND, Name: destination, Sources, CreateIndex: 0, ModifyIndex: 0 };
  return context.propose({ type: "config-set", entry: next, cas: undefined });
}

function find(context: AgentContext, source: string, destination: string): Found | undefined {
  const entry = context.state.tables.configEntries.get(configKey(KIND, destination));
  const known = sourcesOf(entry).find((one) => one.Name === source);
  return entry === undefined || known === undefined ? undefined : { entry, source: known };
}

const PREFIX = "/v1/connect/intentions/";

/** By the id that intentions created with POST have. */
export function intentionById(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const id = request.path.slice(PREFIX.length);
  if (!isUuid(id)) {
    const reason = id.length === UUID_LENGTH ? "UUID is improperly formatted" : "UUID must be 36 characters";
    throw badRequest(`failed config entry lookup: index error: ${reason}`);
  }
  const found = all(context).find(({ source }) => source.LegacyID === id);
  if (request.method === "DELETE") {
    if (found === undefined) throw new HttpError(500, `Cannot delete non-existent intention: '${id}'`);
    return done(store(context, found.entry.Name, found.source.Name, undefined), () => json(request, context, true));
  }
  if (request.method === "PUT") {
    if (found === undefined) throw new HttpError(500, `Cannot modify non-existent intention: '${id}'`);
    const decoded = decodeBody(request.body, INTENTION);
    const name = text(decoded.SourceName) || found.source.Name;
    const source = toSource(context, decoded, name, id, found.source);
    return done(store(context, found.entry.Name, found.source.Name, source), () => json(request, context, { ID: id }));
  }
  if (found === undefined) throw new HttpError(404, "Intention not found");
  return answerQuery(context, request, parseOptions(request), [`config-rows.${KIND}`], () =>
    plainListing(context, request, found.entry.ModifyIndex, view(found)),
  );
}

const UUID_LENGTH = 36;

export function intentionExact(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const source = nameIn(request, "source");
  const destination = nameIn(request, "destination");
  const found = find(context, source, destination);
  if (request.method === "PUT") {
    const decoded = decodeBody(request.body, INTENTION);
    checkIntention(decoded, source, destination);
    return done(store(context, destination, source, toSource(context, decoded, source, undefined, undefined)), () =>
      json(request, context, true),
    );
  }
  if (request.method === "DELETE") return done(store(context, destination, source, undefined), () => empty());
  if (found === undefined) throw new HttpError(404, "Intention not found");
  return answerQuery(context, request, parseOptions(request), [`config-rows.${KIND}`], () =>
    plainListing(context, request, found.entry.ModifyIndex, view(found)),
  );
}

/** Names may carry the default namespace and partition in front. */
function nameIn(request: HttpRequest, parameter: string): string {
  const raw = request.query.get(parameter);
  if (raw === "") throw badRequest(`required query parameter '${parameter}' not set`);
  return bareName(raw);
}

function bareName(raw: string): string {
  return raw.slice(raw.lastIndexOf("/") + 1);
}

export function intentionMatch(context: AgentContext, request: HttpRequest): Answer {
  requireDatacenter(context, requestedDatacenter(request));
  const by = request.query.get("by");
  if (by === "") throw badRequest("required query parameter 'by' not set");
  if (by !== "source" && by !== "destination") throw badRequest("'by' parameter must be one of 'source' or 'destination'");
  const names = request.query.all("name");
  if (names.length === 0) throw badRequest("required query parameter 'name' not set");
  const { tables } = context.state;
  return answerQuery(context, request, parseOptions(request), [`config-rows.${KIND}`], () => {
    const matches: Record<string, unknown> = {};
    for (const name of names) {
      const found = matching(context, by, bareName(name));
      matches[name] = found.length === 0 ? null : found.map(view);
    }
    return listing(context, request, tables.maxIndex("config-entries"), matches);
  });
}

function matching(context: AgentContext, by: "source" | "destination", name: string): Found[] {
  const nameOf = ({ entry, source }: Found): string => (by === "source" ? source.Name : entry.Name);
  return all(context)
    .filter((found) => nameOf(found) === name || nameOf(found) === "*")
    .sort(byPrecedence);
}

export function intentionCheck(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  const decision = decide(context, nameIn(request, "source"), nameIn(request, "destination"));
  return json(request, context, { Allowed: decision === undefined || decision.source.Action === "allow" });
}

/** The intention of highest precedence between the two. */
function decide(context: AgentContext, source: string, destination: string): Found | undefined {
  return matching(context, "destination", destination).find((found) => found.source.Name === source || found.source.Name === "*");
}

const AUTHORIZE: Schema = {
  fields: { Target: "string", TargetPartition: "string", TargetNamespace: "string", ClientCertURI: "string", ClientCertSerial: "string" },
};

/** /v1/agent/connect/authorize: may the holder of this certificate call the target? */
export function connectAuthorize(context: AgentContext, request: HttpRequest): HttpResponse {
  const decoded = decodeBody(request.body, AUTHORIZE);
  const target = text(decoded.Target);
  if (target === "") throw badRequest("Target service must be specified");
  const source = /^spiffe:\/\/[^/]+(?:\/ap\/[^/]+)?\/ns\/[^/]+\/dc\/[^/]+\/svc\/([^/]+)$/.exec(text(decoded.ClientCertURI))?.[1];
  if (source === undefined) throw badRequest("ClientCertURI not a valid Connect identifier");
  const found = decide(context, decodeURIComponent(source), target);
  if (found === undefined) return json(request, context, { Authorized: true, Reason: "Default behavior configured by ACLs" });
  const action = found.source.Action ?? "allow";
  const rule = `default/${found.source.Name} => default/${found.entry.Name}`;
  const order = precedence(found.source.Name, found.entry.Name);
  const Reason = `Matched L4 intention: ${rule} (Precedence: ${order}, Action: ${action.toUpperCase()})`;
  return json(request, context, { Authorized: action === "allow", Reason });
}
