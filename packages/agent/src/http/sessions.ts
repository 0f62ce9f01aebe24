/** /v1/session/ */
import type { Session } from "../state/records.js";
import { answerQuery, parseOptions } from "./blocking.js";
import { done, isUuid, plainListing, requestedDatacenter } from "./catalog.js";
import { text } from "./catalog-schema.js";
import type { AgentContext } from "./context.js";
import { requireDatacenter } from "./datacenter.js";
import { type Decoded, decodeBody, type Schema } from "./decode.js";
import { parseDuration } from "./go-duration.js";
import { HttpError, type HttpRequest, type HttpResponse } from "./message.js";
import { refusedAs } from "./refused.js";
import { badRequest, json } from "./reply.js";

const SESSION: Schema = {
  isLenient: true,
  fields: {
    ID: "string",
    Name: "string",
    Node: "string",
    LockDelay: "duration",
    Behavior: "string",
    TTL: "string",
    Checks: "strings",
    NodeChecks: "strings",
    ServiceChecks: [{ fields: { ID: "string", Namespace: "string" } }],
    CreateIndex: "uint64",
    ModifyIndex: "uint64",
  },
};

const LOCK_DELAY_NS_DEFAULT = 15e9;
const TTL_NS_MIN = 10e9;
const TTL_NS_MAX = 24 * 3600e9;
/** A lock delay below this is meant in seconds, as clients that knew no nanoseconds sent it. */
const SECONDS_BELOW = 1000;

export function sessionCreate(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const session = toSession(context, request.body.length === 0 ? {} : decodeBody(request.body, SESSION));
  const created = refusedAs("apply failed", () => context.propose({ type: "session-create", session }));
  return done(created, () => {
    context.sessions.renew(session);
    return json(request, context, { ID: session.ID });
  });
}

function toSession(context: AgentContext, decoded: Decoded): Session {
  const ttl = text(decoded.TTL);
  checkTtl(ttl);
  const delay = (decoded.LockDelay as number | undefined) ?? LOCK_DELAY_NS_DEFAULT;
  const delayNs = delay > 0 && delay < SECONDS_BELOW ? delay * 1e9 : delay;
  const behavior = text(decoded.Behavior) || "release";
  if (behavior !== "release" && behavior !== "delete") throw new HttpError(500, `Invalid Behavior setting '${behavior}'`);
  const checks = decoded.Checks as string[] | undefined;
  const nodeChecks = decoded.NodeChecks as string[] | undefined;
  const serviceChecks = decoded.ServiceChecks as { ID?: string; Namespace?: string }[] | undefined;
  return {
    ID: context.uuid(),
    Name: text(decoded.Name),
    Node: text(decoded.Node) || context.identity.nodeName,
    LockDelay: delayNs,
    Behavior: behavior,
    TTL: ttl,
    NodeChecks: nodeChecks ?? checks ?? ["serfHealth"],
    ServiceChecks: serviceChecks?.map(({ ID = "", Namespace = "" }) => ({ ID, Namespace })) ?? null,
    CreateIndex: 0,
    ModifyIndex: 0,
  };
}

function checkTtl(ttl: string): void {
  if (ttl === "") return;
  const ns = parseDuration(ttl);
  if (ns === undefined) throw new HttpError(500, `Session TTL '${ttl}' invalid: time: invalid duration ${JSON.stringify(ttl)}`);
  if (ns !== 0 && (ns < TTL_NS_MIN || ns > TTL_NS_MAX))
    throw new HttpError(500, `Invalid Session TTL '${ns}', must be between [10s=24h0m0s]`);
}

export function sessionDestroy(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const id = idAfter(request, "/v1/session/destroy/");
  return done(context.propose({ type: "session-destroy", id }), () => {
    context.sessions.forget(id);
    return json(request, context, true);
  });
}

export function sessionRenew(context: AgentContext, request: HttpRequest): HttpResponse {
  requireDatacenter(context, requestedDatacenter(request));
  const id = idAfter(request, "/v1/session/renew/");
  const session = context.state.tables.sessions.get(id);
  if (session === undefined) throw new HttpError(404, `Session id '${id}' not found`);
  context.sessions.renew(session);
  return json(request, context, [sessionView(session)]);
}

export function sessionInfo(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const id = idAfter(request, "/v1/session/info/");
  const { tables } = context.state;
  return answerQuery(context, request, options, [`session.${id}`], () => {
    const session = tables.sessions.get(id);
    return {
      ...plainListing(context, request, tables.maxIndex("sessions"), session === undefined ? [] : [sessionView(session)]),
      found: session !== undefined,
    };
  });
}

export function sessionNode(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const node = request.path.slice("/v1/session/node/".length).toLowerCase();
  if (node === "") throw badRequest("Missing node name");
  const { tables } = context.state;
  return answerQuery(context, request, options, [`session-rows.node.${node}`], () =>
    plainListing(context, request, tables.maxIndex("sessions"), tables.sessionsByNode.of(node).map(sessionView)),
  );
}

export function sessionList(context: AgentContext, request: HttpRequest): HttpResponse | Promise<HttpResponse> {
  requireDatacenter(context, requestedDatacenter(request));
  const options = parseOptions(request);
  const { tables } = context.state;
  return answerQuery(context, request, options, ["sessions"], () =>
    plainListing(context, request, tables.maxIndex("sessions"), tables.sessions.values().map(sessionView)),
  );
}

function sessionView(session: Session): unknown {
  return session;
}

function idAfter(request: HttpRequest, prefix: string): string {
  const id = request.path.slice(prefix.length);
  if (id === "") throw badRequest("Missing session");
  if (!isUuid(id) && request.method === "PUT" && prefix.includes("destroy") && id.includes("/")) throw badRequest("Missing session");
  return id;
}
